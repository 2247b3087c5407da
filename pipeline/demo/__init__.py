"""Takes the declarations of a year and targets as data; gives synthetic returns, written into the year's own forms.

`solve` chooses answers so that the figures come out as the targets say; `handwriting` writes them as people do;
`mistakes` seeds known errors. Names no question: everything follows from declarations and `data/demo/*.yaml`.
Does not hold the form itself (go to `forms`) and never judges a return (go to `validate`).
"""
