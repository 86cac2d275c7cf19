"""Quantiles as pandas 1 makes them; pandas 3's may differ in the last bit, and then in who is above."""
import numpy as np
import pandas as pd

OLD = int(pd.__version__.split(".")[0]) < 2


def quantile(score, q):
    """pandas.Series(score).quantile(q): pandas 1 hands 100 q to numpy, pandas 3 hands q to it."""
    return pd.Series(score).quantile(q=q) if OLD else np.percentile(score, q * 100)


def tenths(score):
    """The edges of pandas.qcut(score, 10), at shares that pandas 3 rounds up; ValueError where two
    are the same."""
    if OLD:
        return pd.qcut(pd.Series(score), 10, retbins=True)[1]
    edges = np.quantile(score, np.linspace(0, 1, 11))
    if len(set(edges)) < len(edges):
        raise ValueError("two edges are the same")
    return edges
