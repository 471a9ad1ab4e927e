//! The data folder: secrets that outlive a restart, readable by their owner alone.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::SystemTime,
};

use time::{Duration, OffsetDateTime};

use crate::{
    fault::Fault,
    moment::{EARLIEST, Moment},
};

/// The file of the key that signs resume tickets.
const TICKET_KEY: &str = "ticket.key";
/// A clock that is set back by less than this was only adjusted, and tickets stay good.
const SET_BACK: Duration = Duration::HOUR;

/// The folder of certificates and keys.
#[derive(Debug, Clone)]
pub struct DataDir(PathBuf);

impl DataDir {
    /// Makes the folder when it is missing. A folder that can't be written to is accepted, and what
    /// it holds is used.
    pub fn open(path: &Path) -> Result<Self, Fault> {
        let dir = Self(path.to_path_buf());
        create(path).map_err(|error| {
            Fault::new(
                format!("data folder {}", path.display()),
                format!("can't be used: {error}"),
                "make it a folder this user can write to, or name another with --data-dir",
            )
        })?;
        if let Err(error) = tempfile::tempfile_in(path) {
            tracing::error!(
                folder = %path.display(),
                "nothing can be written to the data folder, only what it holds is used: {error}"
            );
        }
        Ok(dir)
    }

    /// The path of a file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A file's bytes; none when there is no such file.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        match fs::read(self.path(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.fault(name, format!("can't be read: {error}"))),
        }
    }

    /// Writes a whole file or nothing, readable by its owner alone (0600).
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Fault> {
        self.complete_file(bytes)
            .and_then(|file| file.persist(self.path(name)).map_err(|error| error.error))
            .map(drop)
            .map_err(|error| self.unwritable(name, &error))
    }

    /// Writes a file unless there is one already, and answers what is there then: of two programs
    /// that start at once, both use the same.
    pub fn write_new(&self, name: &str, bytes: &[u8]) -> Result<Vec<u8>, Fault> {
        let written = self.complete_file(bytes).and_then(|file| {
            match file.persist_noclobber(self.path(name)) {
                Ok(_) => Ok(()),
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
                Err(error) => Err(error.error),
            }
        });
        written.map_err(|error| self.unwritable(name, &error))?;
        self.read(name)?
            .ok_or_else(|| self.fault(name, "vanished while it was written"))
    }

    /// Removes a file that may be there.
    pub fn remove(&self, name: &str) -> Result<(), Fault> {
        match fs::remove_file(self.path(name)) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(self.unwritable(name, &error)),
        }
    }

    /// The key that signs resume tickets, made at the first start.
    ///
    /// While a clock was ahead, the server dated tickets in what is now the future. Such a ticket
    /// could take the place of a call that began later, so a clock that was set back means a new
    /// key.
    pub fn ticket_key(&self, now: OffsetDateTime) -> Result<[u8; 32], Fault> {
        let known = fs::metadata(self.path(TICKET_KEY)).and_then(|it| it.modified());
        let known = known.ok().map(OffsetDateTime::from);
        if let Some(ahead) = known.filter(|known| now + SET_BACK < *known && EARLIEST <= now) {
            tracing::warn!(
                was = %Moment(ahead),
                "the clock was set back, so there is a new ticket key: nobody gets back into a call from before"
            );
            let key = random_32()?;
            if let Err(fault) = self.write(TICKET_KEY, &key) {
                tracing::error!(
                    "the new ticket key can't be saved and is lost at the next start: {fault}"
                );
                return Ok(key);
            }
        }
        match self.kept_ticket_key()? {
            Some(key) => Ok(key),
            None => self.as_ticket_key(&self.write_new(TICKET_KEY, &random_32()?)?),
        }
    }

    /// The key in the file; none when there is no file.
    fn kept_ticket_key(&self) -> Result<Option<[u8; 32]>, Fault> {
        let bytes = self.read(TICKET_KEY)?;
        bytes.map(|bytes| self.as_ticket_key(&bytes)).transpose()
    }

    fn as_ticket_key(&self, bytes: &[u8]) -> Result<[u8; 32], Fault> {
        <[u8; 32]>::try_from(bytes).map_err(|_| self.fault(TICKET_KEY, "is not a key of 32 bytes"))
    }

    /// Makes the key that signs resume tickets anew.
    pub fn rotate_ticket_key(&self) -> Result<(), Fault> {
        self.write(TICKET_KEY, &random_32()?)
    }

    /// Notes the current time, as the date of the ticket key's file.
    pub fn note_time(&self) {
        let noted = fs::File::options()
            .append(true)
            .open(self.path(TICKET_KEY))
            .and_then(|file| file.set_modified(SystemTime::now()));
        if let Err(error) = noted {
            tracing::debug!(%error, "the time is not noted");
        }
    }

    /// The fault of a file that could not be written.
    fn unwritable(&self, name: &str, error: &io::Error) -> Fault {
        Fault::new(
            self.path(name).display(),
            format!("can't be written: {error}"),
            "make room on that disk and let this user write there, or name another folder with --data-dir",
        )
    }

    /// A fault about one of the files.
    pub fn fault(&self, name: &str, problem: impl std::fmt::Display) -> Fault {
        Fault::new(
            self.path(name).display(),
            problem,
            "mend it, or move it away and a new one is made at the next start",
        )
    }

    // `tempfile` makes files that only their owner can read.
    fn complete_file(&self, bytes: &[u8]) -> io::Result<tempfile::NamedTempFile> {
        let mut file = tempfile::NamedTempFile::new_in(&self.0)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(file)
    }
}

/// Notices when the ticket key in the data folder is replaced while the server runs.
#[derive(Debug)]
pub struct TicketKeyFile {
    dir: DataDir,
    /// What the file held when it was last looked at. The key in use is another one if that could
    /// not be saved.
    seen: Option<[u8; 32]>,
}

impl TicketKeyFile {
    /// Takes what the file holds now as known.
    pub fn new(dir: DataDir) -> Result<Self, Fault> {
        let seen = dir.kept_ticket_key()?;
        Ok(Self { dir, seen })
    }

    /// The key in the file, if it is another one than at the last look.
    pub fn look(&mut self) -> Result<Option<[u8; 32]>, Fault> {
        let kept = self.dir.kept_ticket_key()?;
        let key = kept.filter(|_| kept != self.seen);
        self.seen = key.or(self.seen);
        Ok(key)
    }
}

/// 32 bytes nobody can guess.
pub fn random_32() -> Result<[u8; 32], Fault> {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| {
        Fault::new(
            "random numbers",
            "the system gives none",
            "see to the system's random source",
        )
    })?;
    Ok(bytes)
}

fn create(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_ticket_key_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(&folder.path().join("a/b")).unwrap();
        let now = OffsetDateTime::now_utc();
        let key = dir.ticket_key(now).unwrap();
        assert_ne!(key, [0; 32]);
        assert_eq!(dir.ticket_key(now).unwrap(), key);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&dir.path(TICKET_KEY)), 0o600);
            assert_eq!(mode(&folder.path().join("a/b")), 0o700);
        }
    }

    #[test]
    fn refuses_a_damaged_key() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(folder.path()).unwrap();
        fs::write(dir.path(TICKET_KEY), b"short").unwrap();
        assert!(dir.ticket_key(OffsetDateTime::now_utc()).is_err());
    }

    #[test]
    fn the_ticket_key_is_made_anew_when_the_clock_was_set_back() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(folder.path()).unwrap();
        let now = OffsetDateTime::now_utc();
        let key = dir.ticket_key(now).unwrap();
        dir.note_time();
        let minutes = |minutes| now - Duration::minutes(minutes);
        assert_eq!(dir.ticket_key(minutes(59)).unwrap(), key);
        // A clock that has not been set yet does not count as set back.
        assert_eq!(dir.ticket_key(OffsetDateTime::UNIX_EPOCH).unwrap(), key);
        assert_ne!(dir.ticket_key(minutes(65)).unwrap(), key);
    }

    #[test]
    fn the_ticket_key_can_be_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(folder.path()).unwrap();
        let now = OffsetDateTime::now_utc();
        let key = dir.ticket_key(now).unwrap();
        let mut file = TicketKeyFile::new(dir.clone()).unwrap();
        assert_eq!(file.look().unwrap(), None);
        dir.rotate_ticket_key().unwrap();
        let next = dir.ticket_key(now).unwrap();
        assert_ne!(next, key);
        assert_eq!(file.look().unwrap(), Some(next));
        assert_eq!(file.look().unwrap(), None);
        dir.remove(TICKET_KEY).unwrap();
        assert_eq!(file.look().unwrap(), None);
        fs::write(dir.path(TICKET_KEY), b"short").unwrap();
        assert!(file.look().is_err());
    }

    #[test]
    fn the_first_of_two_writers_wins() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(folder.path()).unwrap();
        assert_eq!(dir.write_new("file", b"one").unwrap(), b"one");
        assert_eq!(dir.write_new("file", b"two").unwrap(), b"one");
        dir.write("file", b"three").unwrap();
        assert_eq!(dir.read("file").unwrap().unwrap(), b"three");
    }
}
