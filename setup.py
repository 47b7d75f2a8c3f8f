"""Installs the three packages of Courtwatch, its console script and its paste entry point."""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent


def run_requirements() -> list[str]:
    """Return the direct dependencies, kept once, in requirements/run.in."""
    lines = (HERE / "requirements" / "run.in").read_text(encoding="utf-8").splitlines()
    return [text for line in lines if (text := line.split("#")[0].strip())]


setup(
    name="courtwatch",
    version="0.1.0",
    description="Follows every prosecution from arrest to outcome, and shows where cases die",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="GPL-3.0-or-later",
    python_requires=">=3.11",
    packages=find_packages(
        include=[
            package + suffix
            for package in ("courtwatch", "workflows", "search_index")
            for suffix in ("", ".*")
        ]
    ),
    package_data={
        "courtwatch": [
            "py.typed",
            "templates/**/*",
            "static/**/*",
            "locale/**/*",
            "seed/**/*.csv",
            "seed/**/*.yaml",
            "exchange/**/*.yaml",
            "exchange/**/*.csv",
            "migrations/script.py.mako",
        ],
        "workflows": ["py.typed", "procedures/*.yaml"],
        "search_index": ["py.typed", "**/*.csv", "**/*.txt"],
    },
    install_requires=run_requirements(),
    entry_points={
        "console_scripts": ["courtwatch = courtwatch.cli:main"],
        "paste.app_factory": ["main = courtwatch:main"],
    },
    zip_safe=False,
)
