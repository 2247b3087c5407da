"""What is declared: questionnaires, rules, figures and relations, and the models that load them.

Takes YAML and CSV of one survey root; gives frozen, cross-checked declarations.
Does not hold anything that happens to a return: that is `pipeline`.
"""
