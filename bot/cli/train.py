"""`python -m bot train`: fine-tuning on RAP's samples.

Each number of a profile is an option of the command. What training needs is imported when it runs, so that help is
quick.
"""

import asyncio
import inspect
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Annotated, Any, Literal, Optional, cast

import typer
from rich.console import Console

from bot import logs
from bot.cli.models import pull_missing
from bot.cli.options import ConfigFile, failing, read_config
from bot.train.grpo_profiles import GRPO_PROFILES, GrpoProfile
from bot.train.profiles import PROFILES, Profile, profile_of
from core.counting import counted
from core.errors import ConfigError

if TYPE_CHECKING:
    from bot.train.evaluating import Evaluation

train_app = typer.Typer(help="Teach a vision-language model to use what was retrieved.", no_args_is_help=True)

LIBRARIES = ("torch", "transformers", "peft", "accelerate")

Data = Annotated[Path, typer.Argument(help="What `data build` wrote: its folder, or a file of samples.")]
Out = Annotated[Path, typer.Argument(help="The run's folder; a run that was stopped goes on there.")]
Model = Annotated[str, typer.Option(help="What to start from: a hub id, or a folder, in any layout that is served.")]
Revision = Annotated[str, typer.Option(help="The hub's revision of it, best a commit's hash.")]
ProfileName = Annotated[str, typer.Option("--profile", help=f"The numbers to train by: {', '.join(PROFILES)}.")]
GrpoProfileName = Annotated[str, typer.Option("--profile", help=f"The numbers: {', '.join(GRPO_PROFILES)}.")]
ProfileFile = Annotated[Path | None, typer.Option("--numbers", help="A TOML file with numbers in place of those.")]
Photos = Annotated[
    Path | None, typer.Option("--eval-photos", help="Labelled photos: measure on them too, as `eval` does, meanwhile.")
]
Device = Annotated[Literal["auto", "cpu"], typer.Option(help="auto: the GPU that CUDA_VISIBLE_DEVICES leaves.")]


def is_first() -> bool:
    """Whether this is the process that speaks, of several that torchrun or accelerate have started."""
    return os.environ.get("RANK", "0") == "0"


def make_folder(out: Path) -> None:
    """Make the folder that is to be filled. Raises `ConfigError` when nothing can be written there."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise ConfigError(f"Nothing can be written to {out} ({error.strerror}): choose another folder.") from error


def check_libraries(profile: Profile, find: Callable[[str], object] = find_spec, *, more: Sequence[str] = ()) -> None:
    """Raise `ConfigError` when a library is missing that training by a profile needs; `find` gives None for those."""
    for library in (*LIBRARIES, *more, *(["bitsandbytes"] if profile.quantize != "none" else [])):
        if find(library) is None:
            instead = " Or train with --quantize none." if library == "bitsandbytes" else ""
            raise ConfigError(
                f"Training needs {library}, which isn't installed. Run: pip install '.[rap,quantize,train]'.{instead}"
            )


def evaluation_on(photos: Path, config: Path | None) -> "Evaluation":
    """What `--eval-photos` measures on, with the detector and the encoder of the configuration."""
    from bot.build.models import models_of  # noqa: PLC0415 - see the module's docstring
    from bot.evaluation.data.readers import read  # noqa: PLC0415
    from bot.train.evaluating import Evaluation  # noqa: PLC0415

    settings = read_config(config)
    composer = settings.generator.model_copy(update={"kind": "composer"})  # what answers is the model itself
    settings = settings.model_copy(update={"generator": composer})
    pull_missing(settings)
    return Evaluation(read(photos), settings, models_of(settings))


@contextmanager
def shown_progress() -> Iterator[Callable[[str, int, int, str], None]]:
    """A bar for each activity, with its remark; where no terminal shows it, a line for each tenth of an activity."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not (is_first() and console.is_terminal)) as bars:
        tasks: dict[str, Any] = {}
        tenths: dict[str, int] = {}

        def show(activity: str, done: int, total: int, remark: str) -> None:
            if activity not in tasks:
                tasks[activity] = bars.add_task(activity)
            bars.update(tasks[activity], completed=done, total=total, description=f"{activity} {remark}")
            tenth = 10 * done // max(1, total)
            if bars.disable and is_first() and tenths.get(activity) != tenth:
                tenths[activity] = tenth
                typer.echo(f"{activity}, {done} of {total} {remark}".rstrip(), err=True)

        yield show


def run(
    data: Data,
    out: Out,
    model: Model,
    profile: ProfileName = "rap",
    numbers: ProfileFile = None,
    revision: Revision = "",
    device: Device = "auto",
    eval_photos: Photos = None,
    config: ConfigFile = None,
    **given: Any,
) -> None:
    """From samples to a model that generator.model loads. The same command goes on after it was stopped."""
    with training() as show:
        chosen = profile_of(profile, numbers, {key: value for key, value in given.items() if value is not None})
        check_libraries(chosen)
        from bot.train.run import Training, fine_tune  # noqa: PLC0415 - see the module's docstring

        evaluation = evaluation_on(eval_photos, config) if eval_photos else None
        trained = fine_tune(Training(data, model, out, chosen, revision, device, evaluation), typer.echo, show)
    tell(trained)


def grpo(
    data: Data,
    out: Out,
    model: Model,
    profile: GrpoProfileName = "rap",
    numbers: ProfileFile = None,
    revision: Revision = "",
    device: Device = "auto",
    **given: Any,
) -> None:
    """A second stage, by GRPO: answers are rewarded for the right names, no false one, yes or no, and the right box."""
    with training() as show:
        wanted = {key: value for key, value in given.items() if value is not None}
        chosen = profile_of(profile, numbers, wanted, profiles=GRPO_PROFILES)
        check_libraries(chosen, more=("trl", "datasets"))
        from bot.train.grpo import Reinforcing, reinforce  # noqa: PLC0415 - see the module's docstring

        trained = reinforce(Reinforcing(data, model, out, chosen, revision, device), typer.echo, show)
    tell(trained)


@contextmanager
def training() -> Iterator[Callable[[str, int, int, str], None]]:
    """What a command does while it trains: shows how far it is, and says what went wrong or how to go on."""
    logs.set_up("text", "error")
    try:
        with failing(), shown_progress() as show:
            yield show
    except KeyboardInterrupt:
        typer.secho("Stopped. The same command goes on from the last checkpoint.", err=True)
        raise typer.Exit(130) from None


def tell(trained: Any) -> None:
    """Say what came of it (`bot.train.run.Trained`), in the process that speaks."""
    if not is_first():
        return
    for reason, count in trained.refused.items():
        typer.echo(f"Not learnt from: {counted(count, 'question')}, since {reason} (train.refused.jsonl has which).")
    typer.echo(f"Trained on {counted(trained.sequences, 'sequence')} in {counted(trained.steps, 'step')}.")
    typer.echo(f'The model: generator.kind = "transformers", generator.model = "{trained.model}"')


def with_numbers(command: Any, kind: type[Profile] = Profile) -> Any:
    """The command with an option for each number of a kind of profile."""
    *own, _ = inspect.signature(command).parameters.values()
    numbers = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[Optional[cast(Any, one.annotation)], typer.Option(help=one.description)],  # noqa: UP045
        )
        for name, one in kind.model_fields.items()
    ]
    parameters = [*(one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own), *numbers]
    command.__signature__ = inspect.Signature(parameters)
    command.__annotations__ = {one.name: one.annotation for one in parameters}
    return command


train_app.command("run")(with_numbers(run))
train_app.command("grpo")(with_numbers(grpo, GrpoProfile))


@train_app.command()
def demo(
    out: Annotated[Path, typer.Argument(help="The folder for pictures, samples, models and figures.")],
    ablation: Annotated[
        bool, typer.Option("--ablation/--no-ablation", help="Train a second model, without negative samples.")
    ] = True,
    seed: Annotated[int, typer.Option(help="Decides the pictures, the names and the first weights.")] = 0,
    plot: Annotated[bool, typer.Option("--plot/--no-plot", help="Draw the learning curves (needs matplotlib).")] = True,
    config: ConfigFile = None,
) -> None:
    """RAP's mechanism on a CPU: train a small model from nothing, and ask it about what it has never seen.

    The same command goes on after it was stopped.
    """
    with failing(), shown_progress() as show:
        settings = read_config(config)
        logs.set_up("text", "error")
        check_libraries(PROFILES["demo"])
        from bot.train.demo import report, run  # noqa: PLC0415 - see the module's docstring
        from bot.train.demo.judging import Examination  # noqa: PLC0415
        from bot.train.demo.lessons import Lessons  # noqa: PLC0415

        if plot:
            report.require_matplotlib()
        make_folder(out)
        pull_missing(settings)
        amount = Lessons(seed=seed)
        run.prepare(out, amount, show)
        names = (run.NEGATIVES, run.NO_NEGATIVES)[: 1 + ablation]
        models = [run.train(out, name, seed=seed, tell=typer.echo, progress=show) for name in names]
        found = asyncio.run(run.examine(out, names, settings, amount, Examination(seed=seed), show))
        found.write(out)
        if plot:
            report.draw_curves({name: out / name / run.RUN for name in names}, out)
    found.show(Console())
    typer.echo(f'The model: generator.kind = "transformers", generator.model = "{models[0]}"')
