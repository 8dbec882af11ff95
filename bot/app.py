"""The composition root: the only place where the edges (Slack, index, models, schedule) meet the core.

Every part is made when it is first asked for, so `footnote status` starts no model.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.config import Config
from bot.contracts import AnswerEvent, Passage, Progress, Question, Readers, SyncReport
from bot.errors import Busy, ConfigError, FootnoteError, ModelError, NotFound
from bot.store.database import Database
from bot.tuning.folders import TuningFolders
from bot.tuning.pause import Pause
from connectors.base import EVERYONE

if TYPE_CHECKING:  # imported where they are made: some take a second
    from bot.admin import Admin
    from bot.answering.answer import Answering
    from bot.answering.order import PassageOrder
    from bot.answering.translation import Translator
    from bot.config import ConnectorConfig
    from bot.connector_list import ConnectorList
    from bot.index.hybrid import HybridIndex
    from bot.index.morphology import KiwiMorphology
    from bot.models.chat import LlamaChat
    from bot.models.embedder import GgufEmbedder
    from bot.models.remote import RemoteChat
    from bot.parsing.parser import Parser
    from bot.slack.bot import SlackBot
    from bot.slack.digests import DigestPlan
    from bot.slack.home.tuning import TuningDesk
    from bot.slack.transport import Transport
    from bot.store.adapters import TunedAdapter
    from bot.sync.schedule import Schedule
    from bot.tuning.activation.learned import Learners
    from bot.tuning.activation.registry import AdapterRegistry
    from bot.tuning.activation.serving import AdapterServing
    from bot.tuning.schedule import ScheduledTuning

log = logging.getLogger(__name__)

EMBEDDING_PAUSE_SECONDS = 15.0
"""Between two looks for chunks that another process (`footnote sync`) left without a vector."""
LOOK_SECONDS = 15.0
"""Between two looks for connectors that another process added, edited or removed."""
_RENEWED_AT_ONCE = 8  # documents: a question waits for no more than these


class App:
    """The parts of one Footnote, made from its Config. Close it: `async with App(config) as app`."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._making = asyncio.Lock()
        self._planned: dict[str, ConnectorConfig] = {}
        """The connectors on the schedule, as they were when they were put there."""
        self._asking = 0
        self._nobody_asks = asyncio.Event()
        self._nobody_asks.set()
        self._pause = Pause(TuningFolders(config.data_dir).pause)
        self._is_serving = False

    async def __aenter__(self) -> App:
        return self

    async def __aexit__(self, *_: object) -> None:
        parts = vars(self)
        self._pause.lift()
        if "schedule" in parts:
            await self.schedule.close()
        children = [parts[name] for name in ("parser", "chat", "embedder", "morphology") if name in parts]
        await asyncio.gather(*(child.close() for child in children), return_exceptions=True)
        if "database" in parts:
            self.database.close()

    # --- the parts -----------------------------------------------------------------------------------------

    @cached_property
    def database(self) -> Database:
        return Database(self.config.database_path)

    @cached_property
    def chat(self) -> LlamaChat | RemoteChat:
        """The model on this machine, loaded on first use, or that of a server, where one is configured.

        Raises ModelMissing, ModelBroken.
        """
        models = self.config.models
        if models.url:
            from bot.models.remote import RemoteChat  # brings httpx

            return RemoteChat(
                models.url,
                models.chat,
                self.config.model_key,
                first_token_seconds=models.first_token_seconds,
                next_token_seconds=models.next_token_seconds,
            )
        from bot.models.chat import LlamaChat
        from bot.models.threads import remembered_threads
        from bot.models.weights import locate

        path = locate(models.chat, self.config.models_dir)
        threads = models.threads or remembered_threads(path, self.config.models_dir)
        return LlamaChat(path, models.chat, models.context, threads, adapter=self._adapter(path))

    def _adapter(self, base: Path) -> Path | None:
        """The file of the configured adapter, if there is one. Raises ModelMissing, ModelBroken."""
        from bot.models.adapters import check_fits, locate_adapter

        if not (name := self.config.models.adapter):
            return None
        return check_fits(locate_adapter(name, self.config.models_dir), base).path

    @cached_property
    def embedder(self) -> GgufEmbedder:
        """Raises ModelMissing, ModelBroken. The model itself is loaded on first use."""
        from bot.models.embedder import GgufEmbedder
        from bot.models.weights import locate

        models = self.config.models
        return GgufEmbedder(
            locate(models.embedding, self.config.models_dir), models.threads, models.embedding
        )

    @cached_property
    def morphology(self) -> KiwiMorphology:
        from bot.index.morphology import KiwiMorphology

        return KiwiMorphology()

    @cached_property
    def index(self) -> HybridIndex:
        """Without an embedding model it finds by full text alone, and says so in the log.

        Raises ConfigError where the company's synonyms cannot be read.
        """
        from bot.index.hybrid import HybridIndex
        from bot.index.synonyms import SynonymLists

        embedder = None
        try:
            embedder = self.embedder
        except ModelError as exc:
            log.warning("Searching by full text alone: %s", exc)
        search = self.config.search
        synonyms = SynonymLists(
            self.morphology,
            Path(search.synonyms) if search.synonyms else None,
            shipped=search.shipped_synonyms,
        )
        return HybridIndex(self.database, self.morphology, embedder, synonyms)

    @cached_property
    def parser(self) -> Parser:
        from bot.parsing.parser import Parser

        return Parser()

    @cached_property
    def schedule(self) -> Schedule:
        from bot.sync.schedule import Schedule

        return Schedule(self.config.sync.timezone)

    @cached_property
    def connectors(self) -> ConnectorList:
        """Those of config.toml and those added at run time, also by other processes."""
        from bot.connector_list import ConnectorList
        from bot.sync.schedule import parse_schedule

        return ConnectorList(self.config, self.database, parse_schedule)

    @cached_property
    def admin(self) -> Admin:
        from bot.admin import Admin
        from bot.sync.late_index import LateIndex

        return Admin(
            self.connectors,
            index=LateIndex(lambda: self.index),
            parser=self.parser,
            database=self.database,
            data_dir=self.config.data_dir,
            next_runs=self.next_runs,
            entries=self.connectors.entries,
        )

    @cached_property
    def translator(self) -> Translator:
        """Raises ModelMissing, ModelBroken."""
        from bot.answering.translation import Translator

        return Translator(self.chat)

    @cached_property
    def tuned_adapters(self) -> AdapterRegistry:
        """The adapters that were tuned here: which there are, and which answer."""
        from bot.tuning.activation.registry import AdapterRegistry

        return AdapterRegistry(
            self.database,
            TuningFolders(self.config.data_dir),
            clock=time.time,
            check_beside_model=self._check_beside_model,
        )

    @cached_property
    def learners(self) -> Learners:
        """What was tuned on documents."""
        from bot.tuning.activation.learned import Learners

        return Learners(TuningFolders(self.config.data_dir), self.database)

    def _check_beside_model(self, adapter: TunedAdapter) -> None:
        """Raises ModelError where the chat model cannot have it beside it."""
        from bot.models.adapters import check_fits
        from bot.models.weights import locate, sha256_of

        models = self.config.models
        if models.url:
            raise ModelError(
                "The chat model is on a server, which loads its own adapters.",
                mend="Have that server load the file, or remove url under [models].",
            )
        base = locate(models.chat, self.config.models_dir)
        if sha256_of(base) != adapter.base_sha256:
            raise ModelError(
                f"The adapter {adapter.name} was tuned for another model than {base.name}.",
                mend="Tune one for this model, or name that model under [models] chat.",
            )
        check_fits(self.tuned_adapters.checked_file(adapter), base)

    @cached_property
    def adapter_serving(self) -> AdapterServing | None:
        """Adapters beside the chat model; None where that is on a server.

        Raises ModelMissing, ModelBroken.
        """
        from bot.models.chat import LlamaChat
        from bot.tuning.activation.serving import AdapterServing

        if not isinstance(self.chat, LlamaChat):
            return None
        return AdapterServing(self.database, self.tuned_adapters, self.chat)

    @cached_property
    def scheduled_tuning(self) -> ScheduledTuning | None:
        """What prepares adapters by itself; None where [tune] does not ask for it. Raises ConfigError."""
        from bot.sync.schedule import last_run, next_run_after, tune_trigger
        from bot.tuning.schedule import MONTH, ScheduledTuning, TuningPlan

        config = self.config
        trigger = tune_trigger(config)
        if trigger is None and not config.tune.after_answers:
            return None
        if config.models.url:
            raise ConfigError(
                f"{config.path.name}: tune.schedule and tune.after_answers need the chat model on this"
                " machine, and models.url names a server.",
                mend="Remove them, or remove url under [models].",
            )
        plan = TuningPlan(
            last=lambda now: last_run(trigger, now, MONTH) if trigger else None,
            coming=lambda now: next_run_after(trigger, now) if trigger else None,
            after_answers=config.tune.after_answers,
        )
        command = (sys.executable, "-m", "bot", "--config", str(config.path.absolute()))
        return ScheduledTuning(
            self.database,
            TuningFolders(config.data_dir),
            self.tuned_adapters,
            self._pause,
            plan,
            command,
            time.time,
        )

    @cached_property
    def answering(self) -> Answering:
        from bot.answering.order import PassageOrder

        return self.answering_with(PassageOrder())

    def answering_with(self, order: PassageOrder | None) -> Answering:
        """Answers questions with the model's passages in that order; None: in that of the search."""
        from bot.answering.answer import Answering
        from bot.answering.judge import Judge
        from bot.answering.reuse import Reuse, made_by
        from bot.store.answers import Answers

        index = self.index
        embedder = vars(self).get("embedder")
        answers, max_tokens = Answers(self.database), self.config.answers.max_tokens
        maker = made_by(
            self.chat.identity,
            embedder.name if embedder else "",
            self.morphology.rules,
            str(max_tokens),
        )
        return Answering(
            index,
            self.chat,
            morphology=self.morphology,
            embedder=embedder,
            translator=self.translator,
            judge=Judge(self.chat),
            answers=answers,
            reuse=Reuse(answers, maker, self.morphology),
            order=order,
            tuned=self.adapter_serving,
            max_tokens=max_tokens,
        )

    def slack_bot(self) -> SlackBot:
        """The Slack side, not yet connected. Raises ConfigError if a secret is missing."""
        from bot.slack.bot import SlackBot
        from bot.slack.experts_blocks import ExpertsChannel

        slack = self.config.slack
        return SlackBot(
            bot_token=self.config.slack_bot_token,
            transport=self._transport(),
            api_url=self.config.slack.api_url,
            database=self.database,
            answer=self.answer,
            search=self.search,
            admin=self.admin,
            admins=self.config.slack.admins,
            digest=self._digest_plan(),
            models=self._model_names(),
            connectors=self.connectors,
            tuning=self._tuning_desk(),
            learners=self.learners,
            experts=ExpertsChannel(slack.experts_channel, slack.experts_mention)
            if slack.experts_channel
            else None,
        )

    def _model_names(self) -> list[str]:
        """As admins see them in Slack."""
        models = self.config.models
        chat = f"{models.chat} ({models.url})" if models.url else Path(models.chat).name
        return [chat, Path(models.embedding).name]

    def _tuning_desk(self) -> TuningDesk:
        """Raises ConfigError where the schedule of [tune] cannot be read."""
        from bot.slack.home.tuning import TuningDesk

        scheduled = self.scheduled_tuning
        return TuningDesk(self.tuned_adapters, scheduled.prospect if scheduled else lambda: None)

    def _digest_plan(self) -> DigestPlan | None:
        """Raises ConfigError where its schedule cannot be read."""
        from bot.digest import WEEK
        from bot.slack.digests import DigestPlan
        from bot.sync.schedule import digest_trigger, last_run

        if (trigger := digest_trigger(self.config)) is None:
            return None
        return DigestPlan(
            due=lambda now: last_run(trigger, now, WEEK),
            owner_channels=lambda: {
                name: entry.owner_channel for name, entry in self.connectors.entries().items()
            },
            morphology=self.morphology,
            stale_after=timedelta(days=self.config.slack.stale_after_days),
        )

    def _transport(self) -> Transport:
        slack = self.config.slack
        if slack.transport == "http":
            from bot.slack.http_events import HttpEvents

            return HttpEvents(self.config.slack_signing_secret, slack.http_host, slack.http_port)
        from bot.slack.socket_mode import SocketMode

        return SocketMode(self.config.slack_app_token)

    # --- what runs -----------------------------------------------------------------------------------------

    async def answer(self, question: Question) -> AsyncGenerator[AnswerEvent, None]:
        """Answer one question; bulk embedding all but waits meanwhile. Raises ModelError without a model."""
        with self._ahead_of_embedding():
            answering: Answering = await self._made("answering")
            async with aclosing(answering.answer(question)) as events:
                async for event in events:
                    yield event

    async def search(self, text: str, readers: Readers, limit: int) -> list[Passage]:
        """The passages that `readers` may read and that fit best; bulk embedding waits meanwhile.

        Raises StoreError, ModelUnavailable.
        """
        with self._ahead_of_embedding():
            index: HybridIndex = await self._made("index")
            return await index.search(text, readers, limit)

    @contextmanager
    def _ahead_of_embedding(self) -> Iterator[None]:
        """For as long as somebody waits. Where it is people in Slack, tuning waits, and a while longer."""
        self._asking += 1
        self._nobody_asks.clear()
        try:
            with self._pause.while_asked() if self._is_serving else nullcontext():
                yield
        finally:
            self._asking -= 1
            if not self._asking:
                self._nobody_asks.set()

    async def _made(self, part: str) -> Any:
        """A part of this App, made in a thread: importing LlamaIndex would stall the loop for seconds."""
        async with self._making:
            return await asyncio.to_thread(getattr, self, part)

    async def sync_and_embed(self, progress: Progress, **how: Any) -> list[SyncReport]:
        """Sync every connector, then give every chunk its vector."""
        reports = await self.admin.sync(None, who="terminal", progress=progress, **how)
        await self.embed(progress)
        return reports

    async def embed(self, progress: Progress | None = None) -> None:
        """Give every chunk that waits for one its vector, then its windows; at once if none does.

        Terms made by the rules of an earlier release are made anew before.
        """
        from bot.sync.embedding import embed_waiting, wait_for_quiet

        index: HybridIndex = await self._made("index")
        while await index.renew_terms(_RENEWED_AT_ONCE):
            await wait_for_quiet(self._nobody_asks)
        if await index.unembedded() or await index.unrefined():
            await embed_waiting(index, progress, free=self._nobody_asks)

    def next_runs(self) -> dict[str, datetime]:
        """When each connector is synced next; empty where no schedule runs (a single command)."""
        return self.schedule.next_runs() if "schedule" in vars(self) else {}

    def plan(self) -> None:
        """Put every connector on the schedule: what was missed or interrupted runs at once.

        Raises ConfigError naming the one that cannot be read, StoreError.
        """
        for entry in self.connectors.entries().values():
            self._plan(entry)

    def replan(self) -> None:
        """Have the schedule follow what was added, edited and removed since: the first two run at once.

        Raises ConfigError, StoreError.
        """
        entries = self.connectors.entries()
        for name in self._planned.keys() - entries.keys():
            del self._planned[name]
            self.schedule.remove(name)
        for name, entry in entries.items():
            if self._planned.get(name) != entry:
                self._plan(entry)
                self.schedule.set_next(name, datetime.now(UTC))

    def _plan(self, entry: ConnectorConfig) -> None:
        job = partial(self._scheduled_sync, entry.name)
        try:
            self.schedule.add(entry.name, entry.schedule, job, timezone=entry.timezone)
        except ValueError as exc:
            where = f"{self.config.path.name}, line {entry.line}: " if entry.line else ""
            raise ConfigError(f"{where}the schedule of connector {entry.name!r}: {exc}") from exc
        self._set_next_run(entry.name)
        self._planned[entry.name] = entry

    def _set_next_run(self, name: str, *, if_failing: bool = False) -> None:
        from bot.store.sources import Sources
        from bot.sync.due import next_run

        state = Sources(self.database).state(name)
        if if_failing and not state.failures:
            return  # the schedule goes on by itself, and not back to what a long sync ran past
        regular_after = partial(self.schedule.regular_after, name)
        self.schedule.set_next(name, next_run(state, regular_after, now=datetime.now(UTC)))

    async def serve(self, bot: SlackBot, *, stop: asyncio.Event, ready: Callable[[], None]) -> None:
        """Answer in Slack, sync on schedule and embed in the background, until `stop` is set.

        `ready` is called once questions are taken; the models may still be loading.
        """
        self.plan()
        await bot.start()
        ready()
        self.schedule.start()
        self._is_serving = True
        self._pause.take_over()
        works = [self._warm(), self._keep_up(), self._follow(), self._follow_adapters()]
        if self.scheduled_tuning is not None:
            works.append(self.scheduled_tuning.run())
        background = [asyncio.create_task(work) for work in works]
        try:
            await stop.wait()
        finally:
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
            await bot.close()

    async def _warm(self) -> None:
        """Load, and read, what the first question would otherwise wait for."""
        from bot.answering import prompts
        from bot.models.chat import LlamaChat

        try:
            index: HybridIndex = await self._made("index")
            # Korean, so that Kiwi loads too; for everyone, since a search for nobody looks at nothing
            await index.search("준비", frozenset({EVERYONE}), 1)
            await self._made("answering")
            await self.chat.start()
            if isinstance(self.chat, LlamaChat):  # a server keeps what it likes
                await self.chat.read_ahead(prompts.beginnings())
        except FootnoteError as exc:
            log.error("%s", exc)

    async def _scheduled_sync(self, name: str) -> None:
        try:
            await self._made("index")  # in a thread, before the sync needs it
            await self.admin.sync(name, who="schedule")
            if name in self._planned:
                self._set_next_run(name, if_failing=True)
        except Busy:
            log.info("connector %s is being synced already", name)
        except NotFound:
            log.info("connector %s was removed", name)
        except FootnoteError as exc:
            log.warning("A scheduled sync did not run: %s", exc)

    async def _keep_up(self) -> None:
        """Embed whatever waits, for ever."""
        while True:
            try:
                await self.embed()
            except FootnoteError as exc:
                log.warning("Embedding waits: %s", exc)
            await asyncio.sleep(EMBEDDING_PAUSE_SECONDS)

    async def _follow_adapters(self) -> None:
        """Have those adapters beside the model that are active, for ever."""
        try:
            serving: AdapterServing | None = await self._made("adapter_serving")
        except FootnoteError as exc:
            log.error("No adapter answers: %s", exc)
            return
        if serving is not None:
            await serving.run()

    async def _follow(self) -> None:
        """Keep the schedule as the list of connectors is, for ever."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                self.replan()
            except FootnoteError as exc:
                log.warning("The schedule stays as it was: %s", exc)
