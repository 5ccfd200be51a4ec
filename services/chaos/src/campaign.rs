//! One campaign: load and faults, a calm, checks; again until there were faults enough, or something is found.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, SubsecRound, Utc};
use shadow_client::{Client, Config, Retry};
use shadow_domain::fact::Fact;
use shadow_storage::broken::Broken;
use shadow_storage::{Database, compaction, erasure};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::check::erased::{self, Erased};
use crate::check::feed::Change;
use crate::check::{self, Findings, executions};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::producer::{Producer, Way};
use crate::random::Random;
use crate::report::Report;
use crate::stack::{LOOK, PATIENCE, Stack};
use crate::subject::{execution, fact};
use crate::watcher::{Shared, Watcher};

const PRODUCERS: usize = 6;
const WORKSPACES: usize = 5;
/// How many faults come between two looks at most.
const LONGEST_ROUND: u64 = 200;
/// The longest pause before the next fault.
const PAUSE_MILLIS: u64 = 200;
/// How long the worker has for what waits, once nothing breaks any more.
const COMPACTION: Duration = Duration::from_secs(3);
/// How long the worker has for who is to be erased, once nothing breaks any more.
const ERASING: Duration = Duration::from_secs(5);
/// How many erasures are looked at in one go.
const ERASURES: i64 = 100;
/// How many rows one step of an erasure of ours looks at.
const ERASED_ROWS: i64 = 1_000;
/// How many deltas one compaction of ours merges.
const DELTAS: i64 = 500;
/// How long what was committed may take to arrive everywhere once nothing breaks any more.
const CALM: Duration = Duration::from_secs(15);

/// What the draws of a seed are for; each producer and watcher adds its number.
const DRAWS_OF_FAULTS: u64 = 1;
const DRAWS_OF_WORKSPACES: u64 = 2;
const DRAWS_OF_PRODUCERS: u64 = 100;
const DRAWS_OF_WATCHERS: u64 = 200;

/// How a campaign is run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Names every draw.
    pub(crate) seed: u64,
    /// How many faults there are at most.
    pub(crate) kills: u64,
    /// How many of them before the first look; after each look there are twice as many before the next.
    pub(crate) first_look: u64,
    /// No fault comes after this.
    pub(crate) until: Option<Instant>,
    /// The rule that the program breaks by intention, if any.
    pub(crate) broken: Option<Broken>,
}

struct Campaign {
    plan: Plan,
    stack: Stack,
    db: Database,
    workspaces: Vec<Uuid>,
    before: DateTime<Utc>,
    ledger: Arc<Mutex<Ledger>>,
    producers: Vec<Producer>,
    watchers: Vec<(Vec<Uuid>, Shared)>,
    watching: JoinSet<()>,
    random: Random,
    faults: HashMap<&'static str, u64>,
    /// How many people were erased, as of the last look.
    erased: u64,
}

/// Does what a worker does for somebody who is to be erased, as far as it can be done.
async fn erase(db: &Database, one: &mut erasure::Pending) -> Result<(), shadow_storage::Error> {
    if erasure::begin(db, one).await? {
        while erasure::sweep(db, one, ERASED_ROWS).await? {}
        erasure::finish(db, one).await?;
    }
    Ok(())
}

/// Runs a campaign against a program, in a folder, and says what it found.
pub(crate) async fn run(folder: &Path, program: &Path, plan: Plan) -> Result<Report> {
    let began = Instant::now();
    let mut campaign = Campaign::start(folder, program, plan).await?;
    let mut struck = 0;
    let mut look = plan.first_look;
    let findings = loop {
        let some = look.min(plan.kills - struck);
        struck += campaign.round(some).await?;
        look = (look * 2).min(LONGEST_ROUND);
        let findings = campaign.check().await?;
        campaign.tell(struck, &findings);
        let enough = findings.are_enough(plan.broken);
        if enough || struck >= plan.kills || campaign.is_over() {
            break findings;
        }
    };
    Ok(campaign.report(struck, findings, began.elapsed()))
}

impl Campaign {
    async fn start(folder: &Path, program: &Path, plan: Plan) -> Result<Self> {
        let stack = Stack::start(folder, program, plan.broken).await?;
        let mut random = Random::new(plan.seed, DRAWS_OF_WORKSPACES);
        let mut campaign = Self {
            plan,
            db: stack.database().await?,
            stack,
            workspaces: (0..WORKSPACES).map(|_| random.uuid()).collect(),
            before: Utc::now().trunc_subsecs(6),
            ledger: Arc::default(),
            producers: Vec::new(),
            watchers: Vec::new(),
            watching: JoinSet::new(),
            random: Random::new(plan.seed, DRAWS_OF_FAULTS),
            faults: HashMap::new(),
            erased: 0,
        };
        for number in 0..PRODUCERS {
            campaign.producers.push(Producer {
                way: Way::of(number, campaign.client()?),
                workspaces: campaign.workspaces.clone(),
                before: campaign.before,
                ledger: Arc::clone(&campaign.ledger),
                random: Random::new(plan.seed, DRAWS_OF_PRODUCERS + number as u64),
            });
        }
        campaign.watch()?;
        Ok(campaign)
    }

    /// A client with a connection of its own, which never gives up.
    fn client(&self) -> Result<Client> {
        let config = Config {
            retry: Retry {
                attempts: u32::MAX,
                first: Duration::from_millis(20),
                longest: Duration::from_millis(200),
            },
            timeout: Duration::from_secs(3),
            connect_timeout: Duration::from_secs(1),
        };
        let url = self.stack.proxy.url();
        Ok(Client::lazy(&url, &self.stack.token()?, config)?)
    }

    /// Two watchers of everything and one of two workspaces, until the campaign is over.
    fn watch(&mut self) -> Result<()> {
        let some = self.workspaces[..2].to_vec();
        for (number, workspaces) in [vec![], vec![], some].into_iter().enumerate() {
            let record = Shared::default();
            let watcher = Watcher {
                client: self.client()?,
                workspaces: workspaces.clone(),
                record: Arc::clone(&record),
                random: Random::new(self.plan.seed, DRAWS_OF_WATCHERS + number as u64),
            };
            self.watchers.push((workspaces, record));
            self.watching.spawn(watcher.run());
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        self.plan.until.is_some_and(|until| Instant::now() >= until)
    }

    /// Strikes so many times at random points while everybody publishes, then lets them all come to an end. Returns how
    /// often it struck.
    async fn round(&mut self, kills: u64) -> Result<u64> {
        let stop = CancellationToken::new();
        let mut producing = JoinSet::new();
        for producer in self.producers.drain(..) {
            producing.spawn(producer.run(stop.clone()));
        }
        let struck = self.strike(kills).await?;
        stop.cancel();
        let deadline = Instant::now() + PATIENCE;
        while !producing.is_empty() {
            let ended = tokio::time::timeout_at(deadline, producing.join_next()).await;
            let ended =
                ended.context("a producer gets no answer though nothing breaks any more")?;
            let producer = ended.transpose().context("a producer broke")?;
            self.producers.extend(producer);
        }
        Ok(struck)
    }

    async fn strike(&mut self, kills: u64) -> Result<u64> {
        self.under_way().await?;
        for struck in 0..kills {
            if self.is_over() {
                return Ok(struck);
            }
            let pause = Duration::from_millis(self.random.below(PAUSE_MILLIS));
            tokio::time::sleep(pause).await;
            let fault = Fault::draw(&mut self.random);
            fault.strike(&mut self.stack, &mut self.random).await?;
            *self.faults.entry(fault.name()).or_default() += 1;
        }
        Ok(kills)
    }

    /// Waits for the first answers: a fault before them would prove nothing.
    async fn under_way(&self) -> Result<()> {
        let before = self.ledger().answers;
        let answered = async {
            while self.ledger().answers == before {
                tokio::time::sleep(LOOK).await;
            }
        };
        let answered = tokio::time::timeout(PATIENCE, answered).await;
        answered.context("no event is answered though nothing breaks")
    }

    /// Waits until all that was committed has arrived everywhere, or will not any more, and checks.
    async fn check(&mut self) -> Result<Findings> {
        let mut findings = Findings::default();
        for refused in &self.ledger().refused {
            findings.refused(refused.clone());
        }
        self.finish_erasures().await?;
        self.compact().await?;
        let record = erased::record(&self.db).await?;
        let erased = Erased::of(&self.ledger(), &record);
        self.erased = erased.count();
        erased::check(self.stack.database_url(), &erased, &mut findings).await?;
        if findings.traces > 0 {
            // Who is half erased has no number by which pages could be rebuilt.
            return Ok(findings);
        }
        let rows = check::rows(&self.db).await?;
        let facts: Vec<Fact> = {
            let ledger = self.ledger();
            executions::check(&ledger, &rows, &erased, &mut findings);
            fact::check(&ledger, &mut findings);
            let facts = fact::acknowledged(&ledger).chain(execution::acknowledged_steps(&ledger));
            facts.cloned().collect()
        };
        check::pages::check(
            &self.db,
            &self.workspaces,
            self.before,
            &facts,
            &mut findings,
        )
        .await?;
        check::facts::check(&self.db, &facts, &mut findings).await?;
        if findings.are_enough(self.plan.broken) {
            // What is stored is wrong: what is told of it need not be waited for. The same below.
            return Ok(findings);
        }
        let committed: usize = rows.iter().map(|row| row.revision as usize).sum();
        let deadline = Instant::now() + CALM;
        let mut changes = check::feed::read(&self.db).await?;
        while changes.len() < committed && Instant::now() < deadline {
            tokio::time::sleep(LOOK * 10).await;
            changes = check::feed::read(&self.db).await?;
        }
        check::feed::check(&changes, &rows, &mut findings);
        if findings.are_enough(self.plan.broken) {
            return Ok(findings);
        }
        for number in 0..self.watchers.len() {
            findings.add(self.check_watcher(number, &changes, deadline).await);
        }
        Ok(findings)
    }

    /// Waits until a watcher has been told everything, or will not be any more.
    async fn check_watcher(
        &self,
        number: usize,
        changes: &[Change],
        deadline: Instant,
    ) -> Findings {
        let (workspaces, shared) = &self.watchers[number];
        let end = changes.last().map_or(0, |(position, ..)| *position);
        loop {
            let mut findings = Findings::default();
            let position = {
                let record = shared.lock().unwrap_or_else(PoisonError::into_inner);
                check::feed::check_watcher(number, workspaces, &record, changes, &mut findings);
                record.position
            };
            if findings.are_none() || position >= end || Instant::now() > deadline {
                return findings;
            }
            tokio::time::sleep(LOOK * 10).await;
        }
    }

    /// Waits for a worker to bring what is stored of erased people under their pseudonyms. A job that failed is due again
    /// only after a while, so what is left then is done here.
    async fn finish_erasures(&self) -> Result<()> {
        let began = Instant::now();
        loop {
            let pending = erasure::pending(&self.db, None, ERASURES).await?;
            if pending.is_empty() {
                return Ok(());
            }
            for mut one in pending {
                if began.elapsed() > ERASING {
                    let erased = erase(&self.db, &mut one).await;
                    // A worker may be at the same, and in the way.
                    if began.elapsed() > PATIENCE {
                        erased.context("somebody cannot be erased")?;
                    }
                }
            }
            ensure!(
                began.elapsed() < PATIENCE * 2,
                "transactions of before an erasure do not end"
            );
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits for a worker to compact what waits. A job that failed is due again only after a while, so what is left then
    /// is compacted here.
    async fn compact(&self) -> Result<()> {
        let began = Instant::now();
        loop {
            let pending = compaction::pending_workspaces(&self.db).await?;
            if pending.is_empty() {
                return Ok(());
            }
            for workspace in pending {
                if began.elapsed() > COMPACTION {
                    let compacted =
                        compaction::compact(&self.db, workspace.workspace_id, DELTAS).await;
                    // A worker that keeps no rule may get in the way; that is its campaign's finding, not an error.
                    if began.elapsed() > PATIENCE {
                        compacted.context("what waits cannot be compacted")?;
                    }
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Says how far it has come, so that nobody waits for a long campaign in silence.
    fn tell(&self, struck: u64, findings: &Findings) {
        let events = self.ledger().acknowledged();
        println!("  after {struck} faults, {events} events: {findings}");
    }

    fn report(&self, struck: u64, findings: Findings, took: Duration) -> Report {
        let ledger = self.ledger();
        let mut report = Report {
            plan: self.plan,
            struck,
            faults: Fault::ALL
                .map(|(fault, _)| (fault, self.faults.get(fault.name()).copied().unwrap_or(0)))
                .into(),
            events: ledger.acknowledged(),
            subjects: ledger.entries.len() as u64,
            erased: self.erased,
            told: 0,
            resumed: 0,
            lagged: 0,
            findings,
            took,
        };
        for (_, shared) in &self.watchers {
            let record = shared.lock().unwrap_or_else(PoisonError::into_inner);
            report.told += record.heard.len() as u64;
            report.resumed += record.resumed;
            report.lagged += record.lagged;
        }
        report
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
