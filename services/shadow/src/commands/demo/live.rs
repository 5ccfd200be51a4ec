//! `shadow demo live`: executions that open, start and end while one looks on, and all that goes on beside them.

use std::io::IsTerminal;
use std::time::Duration;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use indicatif::{ProgressBar, ProgressStyle};
use shadow_client::proto::streaming::v1::{Event, event};
use shadow_client::{Answer, PublisherConfig, Receipt};
use shadow_runtime::shutdown::Shutdown;
use tokio::sync::mpsc;

use super::filling::ready;
use super::state::File;
use super::{Connection, SEED, Size};
use crate::database;

/// How long an event is tried to be published before this ends.
const GIVE_UP: Duration = Duration::from_secs(10 * 60);

/// How long the end waits for the server.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often it is said how much there was, where there is no terminal.
const SAY: Duration = Duration::from_secs(60);

/// Keep executions coming until Ctrl-C, so that the live page moves
///
/// With them come their steps, ratings and what people do, and now and then credits, a change of seats, an agent that is
/// made or given up, or a person who is called otherwise for a while. Memberships do not change, so that a key that may publish is enough. They are those of the demo's workspaces, people and agents, which are made where they are not there. Which executions
/// come is decided by the seed. A restart of the server is survived, and what happened meanwhile published then. At the
/// end those that are still open are cancelled.
#[derive(Debug, clap::Args)]
pub(crate) struct Live {
    /// How many executions are opened in a second, on average
    #[arg(long, value_name = "NUMBER", default_value = "2", value_parser = rate)]
    rate: f64,
    /// What is drawn: the same seed gives the same executions, at the same distances
    #[arg(long, value_name = "NUMBER", default_value_t = SEED)]
    seed: u64,
    #[command(flatten)]
    size: Size,
    #[command(flatten)]
    connection: Connection,
}

impl Live {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let stop = Shutdown::on_signal().context("signals cannot be waited for")?;
        let config = database::chosen(self.connection.data())?;
        let database = database::open(&config).await?;
        let folder = self.connection.data().folder()?;
        folder.create()?;
        let file = File::of(&folder, &config);
        let (demo, _) = ready(&database, &file, self.size.scale).await?;
        let client = self.connection.connect().await?;
        let publisher = client.publisher(PublisherConfig {
            give_up: GIVE_UP,
            ..PublisherConfig::default()
        });
        let begin = Utc::now();
        let mut live = demo.live(self.seed, begin, self.rate);
        let (receipts, received) = mpsc::unbounded_channel();
        let mut answers = tokio::spawn(answered(received));
        let mut told = Told::new(self.rate);
        loop {
            let pause = (live.at() - Utc::now()).to_std().unwrap_or_default();
            tokio::select! {
                biased;
                () = stop.requested() => break,
                // Something was refused, or could not be published for long.
                ended = &mut answers => return ended.context("the answers were interrupted")?,
                () = tokio::time::sleep(pause) => {}
            }
            let Some((_, event)) = live.next() else {
                break;
            };
            told.event(&event);
            let receipt = tokio::select! {
                biased;
                receipt = publisher.publish(event) => receipt?,
                // The publisher is full of what the server did not answer for: no more can be done.
                () = stop.requested() => bail!("stopped while the server is away"),
            };
            // Nobody receives after a refusal, which ends the loop.
            let _ = receipts.send(receipt);
        }
        let rest = async {
            for event in live.cancel(Utc::now()) {
                told.event(&event);
                // Nobody receives after a refusal, which is said below.
                let _ = receipts.send(publisher.publish(event).await?);
            }
            drop(receipts);
            publisher.close().await?;
            answers.await.context("the answers were interrupted")?
        };
        let rest = tokio::time::timeout(PATIENCE, rest).await;
        told.finish();
        rest.context("the server did not answer for the last events")?
    }
}

/// Ends with the receipts, or with the first that is no good answer.
async fn answered(mut receipts: mpsc::UnboundedReceiver<Receipt>) -> anyhow::Result<()> {
    while let Some(receipt) = receipts.recv().await {
        match receipt.await.context("the demo could not be published")? {
            Answer::Accepted | Answer::Repeated => {}
            Answer::Refused(refusal) => bail!(
                "the event {} of the demo was refused: {}: {}",
                refusal.event_id,
                refusal.field,
                refusal.description
            ),
        }
    }
    Ok(())
}

/// How much there was: a line that changes on a terminal, else one now and then.
struct Told {
    bar: ProgressBar,
    plain: bool,
    said: DateTime<Utc>,
    opened: u64,
    ended: u64,
    beside: u64,
}

impl Told {
    fn new(rate: f64) -> Self {
        let plain = !std::io::stderr().is_terminal();
        let bar = match plain {
            true => ProgressBar::hidden(),
            false => ProgressBar::new_spinner(),
        };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        let told = Self {
            bar,
            plain,
            said: Utc::now(),
            opened: 0,
            ended: 0,
            beside: 0,
        };
        told.say(&format!(
            "Executions are coming, {rate} in a second; Ctrl-C ends it"
        ));
        told
    }

    fn event(&mut self, event: &Event) {
        match &event.event {
            Some(event::Event::ExecutionOpened(_)) => self.opened += 1,
            Some(event::Event::ExecutionEnded(_)) => self.ended += 1,
            Some(event::Event::ExecutionStarted(_)) | None => {}
            Some(_) => self.beside += 1,
        }
        let text = self.text();
        self.bar.set_message(text.clone());
        self.bar.tick();
        if self.plain && (Utc::now() - self.said).to_std().unwrap_or_default() >= SAY {
            self.said = Utc::now();
            self.say(&text);
        }
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
        self.say(&self.text());
    }

    fn text(&self) -> String {
        format!(
            "{} executions opened, {} ended, {} other events",
            self.opened, self.ended, self.beside
        )
    }

    #[expect(
        clippy::print_stderr,
        reason = "progress for whoever started the program"
    )]
    fn say(&self, text: &str) {
        self.bar.suspend(|| eprintln!("{text}"));
    }
}

fn rate(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|rate| (0.001..=1_000.0).contains(rate))
        .ok_or_else(|| "expected a number from 0.001 to 1000".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_has_limits() {
        for (text, expected) in [
            ("2", Some(2.0)),
            ("0.5", Some(0.5)),
            ("1000", Some(1_000.0)),
            ("0", None),
            ("1001", None),
            ("NaN", None),
            ("many", None),
        ] {
            assert_eq!(rate(text).ok(), expected, "{text}");
        }
    }
}
