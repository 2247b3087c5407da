"""Attacks through every entry that the threat model names; those on one part alone lie beside the tests of that part."""
