//! The thread that writes: what waits at a time goes into the file together, and to the disk by one flush.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::ledger::{Fate, Number};
use super::{Durability, Shared};
use crate::Error;

/// How many bytes are written together, about.
const TOGETHER: usize = 1024 * 1024;

/// A record that is to be written.
#[derive(Debug)]
pub(super) struct Append {
    pub(super) record: Vec<u8>,
    pub(super) answer: oneshot::Sender<Result<(), Error>>,
}

/// Starts it. It ends with the sender of what it receives; what it returns ends with it.
pub(super) fn start(
    shared: Arc<Shared>,
    durability: Durability,
    appends: mpsc::Receiver<Append>,
) -> Result<oneshot::Receiver<()>, Error> {
    let (end, ended) = oneshot::channel();
    let folder = shared.folder.path().to_owned();
    std::thread::Builder::new()
        .name("shadow-spool".to_owned())
        .spawn(move || {
            let writer = Writer {
                shared,
                durability,
                open: None,
            };
            writer.run(appends);
            drop(end);
        })
        .map_err(|source| Error::Spool { folder, source })?;
    Ok(ended)
}

struct Writer {
    shared: Arc<Shared>,
    durability: Durability,
    open: Option<(Number, File)>,
}

impl Writer {
    fn run(mut self, mut appends: mpsc::Receiver<Append>) {
        while let Some(first) = appends.blocking_recv() {
            let mut bytes = first.record.len();
            let mut together = vec![first];
            while bytes < TOGETHER
                && let Ok(append) = appends.try_recv()
            {
                bytes += append.record.len();
                together.push(append);
            }
            self.write(together);
            self.shared.tell();
        }
    }

    /// Writes what there is room for, and answers for all of it.
    fn write(&mut self, appends: Vec<Append>) {
        let mut number = None;
        let mut bytes = Vec::new();
        let mut waiting = Vec::new();
        for append in appends {
            let reserved = {
                let mut ledger = self.shared.ledger();
                let length = append.record.len() as u64;
                ledger.reserve(length).ok_or_else(|| Error::SpoolFull {
                    folder: self.shared.folder.path().to_owned(),
                    bytes: ledger.bytes(),
                    wanted: length,
                    limit: ledger.limit(),
                })
            };
            match reserved {
                Ok(reserved) => {
                    if number.is_some_and(|number| number != reserved) {
                        self.put(number, &mut bytes, &mut waiting);
                    }
                    number = Some(reserved);
                    bytes.extend(append.record);
                    waiting.push(append.answer);
                }
                Err(full) => answer(append.answer, Err(full)),
            }
        }
        self.put(number, &mut bytes, &mut waiting);
    }

    fn put(
        &mut self,
        number: Option<Number>,
        bytes: &mut Vec<u8>,
        waiting: &mut Vec<oneshot::Sender<Result<(), Error>>>,
    ) {
        let Some(number) = number else {
            return;
        };
        let written = self.append(number, bytes);
        if written.is_ok() {
            self.shared.ledger().wrote(number, bytes.len() as u64);
        } else {
            // What it holds beyond what was written before is not read, and goes with the file.
            self.open = None;
            let fate = self.shared.ledger().broke(number);
            if fate == Fate::Done {
                // A file that stays is read by the next process, and then removed.
                drop(self.shared.folder.remove(number));
                self.shared.ledger().removed(number);
            }
        }
        for waiting in waiting.drain(..) {
            let copy = |error: &io::Error| Error::Spool {
                folder: self.shared.folder.path().to_owned(),
                source: io::Error::new(error.kind(), error.to_string()),
            };
            answer(waiting, written.as_ref().map(drop).map_err(copy));
        }
        bytes.clear();
    }

    fn append(&mut self, number: Number, bytes: &[u8]) -> io::Result<()> {
        let durable = self.durability == Durability::Disk;
        let file = match &mut self.open {
            Some((open, file)) if *open == number => file,
            other => {
                let file = self.shared.folder.create(number, durable)?;
                &mut other.insert((number, file)).1
            }
        };
        file.write_all(bytes)?;
        match durable {
            true => file.sync_data(),
            false => Ok(()),
        }
    }
}

fn answer(waiting: oneshot::Sender<Result<(), Error>>, answer: Result<(), Error>) {
    // Whoever published may have gone; the event is published all the same.
    let _ = waiting.send(answer);
}
