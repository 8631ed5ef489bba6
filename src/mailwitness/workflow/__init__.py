"""The only place where the pieces meet: evidence in, readers, families, the case, analyses, reports."""
