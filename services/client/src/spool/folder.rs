//! The folder of a spool: a lock, and segments by their numbers.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::ledger::{Number, Part};
use super::record;
use crate::Error;

const LOCK: &str = "lock";
const SEGMENT: &str = "events";

/// A folder that nobody else has.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// Held as long as this lives. The operating system lets go of it when the process ends, however it ends.
    _lock: File,
}

impl Folder {
    /// Opens or makes it; and the bytes of each segment that is there.
    pub(super) fn open(path: PathBuf) -> Result<(Self, BTreeMap<Number, u64>), Error> {
        let failed = |source| Error::Spool {
            folder: path.clone(),
            source,
        };
        fs::create_dir_all(&path).map_err(failed)?;
        let lock = File::create(path.join(LOCK)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::SpoolInUse { folder: path }),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let segments = segments(&path).map_err(failed)?;
        Ok((Self { path, _lock: lock }, segments))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A new segment. `durable` makes its name outlive loss of power.
    pub(super) fn create(&self, number: Number, durable: bool) -> io::Result<File> {
        let file = File::create_new(self.segment(number))?;
        if durable {
            File::open(&self.path)?.sync_all()?;
        }
        Ok(file)
    }

    /// Bytes of a part, from its beginning, and at least one whole record where there is one.
    pub(super) fn read(&self, part: Part) -> io::Result<Vec<u8>> {
        let mut file = File::open(self.segment(part.number))?;
        file.seek(SeekFrom::Start(part.from))?;
        let bytes = (part.to - part.from).min(record::LARGEST as u64);
        let mut read = Vec::new();
        file.take(bytes).read_to_end(&mut read)?;
        Ok(read)
    }

    pub(super) fn remove(&self, number: Number) -> io::Result<()> {
        match fs::remove_file(self.segment(number)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn segment(&self, number: Number) -> PathBuf {
        self.path.join(format!("{number:020}.{SEGMENT}"))
    }
}

fn segments(path: &Path) -> io::Result<BTreeMap<Number, u64>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = PathBuf::from(entry.file_name());
        let number = name
            .file_stem()
            .and_then(|stem| stem.to_str()?.parse().ok());
        if let Some(number) = number
            && name
                .extension()
                .is_some_and(|extension| extension == SEGMENT)
        {
            found.insert(number, entry.metadata()?.len());
        }
    }
    Ok(found)
}
