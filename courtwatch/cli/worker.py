"""`courtwatch worker`: the only writer of the search index, as a process of its own."""

from __future__ import annotations

import signal
import threading

import click

from courtwatch.cli.context import CliContext, pass_context
from courtwatch.cli.output import say
from courtwatch.worker import Worker


@click.command()
@click.option("--once", is_flag=True, help="Do the jobs that are due and end.")
@pass_context
def command(context: CliContext, once: bool) -> None:
    """Run the worker: index what was committed, sweep what has run out.

    Ends cleanly on SIGTERM and Ctrl-C, after the batch in hand.
    """
    worker = Worker(context.engine, context.settings)
    stop = threading.Event()

    def end(*_args: object) -> None:
        stop.set()
        worker.bell.ring()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    try:
        if once:
            say(f"{worker.run_once()} jobs done")
        else:
            worker.claim()
            say("The worker runs.")
            worker.run(stop, context.settings.worker_poll_seconds)
    finally:
        worker.close()
