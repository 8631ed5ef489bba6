/*
id: MW-E0059
title: Records that end in the middle
log: unified
effect: truncated
from: null
to: 2019-05-07
condition: >
  Group events until 2019-05-07: the JSON is cut.
recognise: >
  Rejects that are cut off although their file is not.
doubt: >
  The year is taken from the order of the blog's archive.
claims: [coverage]
confidence: reported
checked: 2026-11-25
sources:
  - office365itpros.com, 2019-05
*/
