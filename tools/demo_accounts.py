"""Prints who can sign in to the demonstration country: these accounts exist in it alone."""

from __future__ import annotations

import sys
import warnings


def lines() -> list[str]:
    """Return one aligned line for each demonstration account."""
    from courtwatch.demo.country import ACCOUNTS

    wide = max(len(account.name) for account in ACCOUNTS)
    return [
        f"{account.name:<{wide}}  password {account.password}  {account.does}"
        for account in ACCOUNTS
    ]


if __name__ == "__main__":
    warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)
    sys.stdout.write("".join(f"{line}\n" for line in lines()))
