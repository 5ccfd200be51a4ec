//! Standard output on a thread of its own: a reader that stalls holds up neither Ctrl-C nor the connection.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::time::Duration;

use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// How many texts wait for the reader. Then nothing more is read from the server, which tells what that left out.
const WAITING: usize = 64;

/// How long the end waits for the reader.
const PATIENCE: Duration = Duration::from_secs(1);

/// See the module.
pub(super) struct Output {
    texts: mpsc::Sender<String>,
    ended: oneshot::Receiver<io::Result<()>>,
    outcome: Option<io::Result<()>>,
}

impl Output {
    pub(super) fn to_stdout() -> Self {
        Self::to(io::stdout)
    }

    fn to<W: Write>(open: impl FnOnce() -> W + Send + 'static) -> Self {
        let (texts, received) = mpsc::channel(WAITING);
        let (end, ended) = oneshot::channel();
        std::thread::spawn(move || {
            let outcome = write(BufWriter::new(open()), received);
            // Nobody may wait for it.
            let _ = end.send(outcome);
        });
        Self {
            texts,
            ended,
            outcome: None,
        }
    }

    /// Hands a text over when there is room for it; false when nothing is written any more.
    pub(super) async fn write(&self, text: String) -> bool {
        text.is_empty() || self.texts.send(text).await.is_ok()
    }

    /// Returns when nothing is written any more, since the reader has gone for instance.
    pub(super) async fn ended(&mut self) {
        if self.outcome.is_none() {
            self.outcome = Some((&mut self.ended).await.unwrap_or(Ok(())));
        }
    }

    /// Writes what waits. A reader that has gone is no error, and one that stalls is not waited for for long.
    pub(super) async fn finish(mut self) -> io::Result<()> {
        let (closed, _) = mpsc::channel(1);
        self.texts = closed;
        if timeout(PATIENCE, self.ended()).await.is_err() {
            return Ok(());
        }
        match self.outcome {
            Some(Err(error)) if error.kind() != ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }
}

fn write(mut out: impl Write, mut texts: mpsc::Receiver<String>) -> io::Result<()> {
    loop {
        let text = match texts.try_recv() {
            Ok(text) => text,
            // Nothing waits: what was written is to be seen now.
            Err(TryRecvError::Empty) => {
                out.flush()?;
                match texts.blocking_recv() {
                    Some(text) => text,
                    None => return Ok(()),
                }
            }
            Err(TryRecvError::Disconnected) => return out.flush(),
        };
        out.write_all(text.as_bytes())?;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc as std_mpsc;

    use super::*;

    /// Answers each write as it is told to.
    struct Reader {
        written: std_mpsc::Sender<String>,
        answers: std_mpsc::Receiver<io::Result<()>>,
    }

    impl Write for Reader {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let answer = self.answers.recv();
            answer.map_err(|_| io::Error::other("no answer is left"))??;
            let text = String::from_utf8_lossy(bytes).into_owned();
            self.written.send(text).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn output() -> (
        Output,
        std_mpsc::Receiver<String>,
        std_mpsc::Sender<io::Result<()>>,
    ) {
        let (written, read) = std_mpsc::channel();
        let (answer, answers) = std_mpsc::channel();
        (
            Output::to(move || Reader { written, answers }),
            read,
            answer,
        )
    }

    #[tokio::test]
    async fn what_is_handed_over_is_written() {
        let (output, read, answer) = output();
        for _ in 0..3 {
            answer.send(Ok(())).unwrap();
        }
        for text in ["a", "", "b"] {
            assert!(output.write(text.to_owned()).await);
        }
        output.finish().await.unwrap();
        assert_eq!(read.iter().collect::<String>(), "ab");
    }

    #[tokio::test]
    async fn a_reader_that_has_gone_is_the_end_and_no_error() {
        let (mut output, _read, answer) = output();
        answer.send(Err(ErrorKind::BrokenPipe.into())).unwrap();
        drop(answer);
        assert!(output.write("a".to_owned()).await);
        output.ended().await;
        assert!(!output.write("b".to_owned()).await);
        output.finish().await.unwrap();

        let (output, _read, answer) = super::tests::output();
        answer.send(Err(ErrorKind::StorageFull.into())).unwrap();
        drop(answer);
        assert!(output.write("a".to_owned()).await);
        assert_eq!(
            output.finish().await.unwrap_err().kind(),
            ErrorKind::StorageFull
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_stalls_is_not_waited_for_for_ever() {
        let (output, read, answer) = output();
        assert!(output.write("a".to_owned()).await);
        output.finish().await.unwrap();
        assert!(read.try_recv().is_err());
        drop(answer);
    }
}
