"""Colours that colour-blind people can tell apart: four of Okabe & Ito's eight (2008), and a grey."""

LEFT, RIGHT, ERROR, OTHER = "#0072b2", "#d55e00", "#cc79a7", "#009e73"
ORIGINAL = "#9a9a9a"
