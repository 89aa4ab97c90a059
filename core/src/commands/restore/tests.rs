use super::moves::{Move, MoveError, all_or_none};
use super::*;
use crate::config::Source;

/// A data directory and a directory for uploads, as if each were a file system.
struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        machine.write("disk1/data/faultmaven.db", "old database");
        machine.write("disk2/uploads/case_1/old", "old upload");
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), content).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn mode(&self, name: &str) -> u32 {
        let metadata = fs::metadata(self.path(name)).unwrap();
        metadata.permissions().mode() & 0o777
    }

    fn settings(&self) -> Settings {
        let (data, uploads) = (self.path("disk1/data"), self.path("disk2/uploads"));
        let source = Source::with([
            ("DATA_DIR", data.to_str().unwrap()),
            ("STORAGE_PATH", uploads.to_str().unwrap()),
        ]);
        Settings::from_source(&source).unwrap()
    }

    /// Writes a backup whose files are readable for everybody.
    fn backup(&self) -> PathBuf {
        let file = self.path("saved.backup");
        let encoder = zstd::Encoder::new(File::create(&file).unwrap(), 1).unwrap();
        let mut archive = tar::Builder::new(encoder);
        for (name, content) in [
            ("faultmaven.db", "new database"),
            ("uploads/case_2/new", "new upload"),
            ("keys/access-1.pem", "key"),
        ] {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            archive
                .append_data(&mut header, name, content.as_bytes())
                .unwrap();
        }
        archive.into_inner().unwrap().finish().unwrap();
        file
    }

    /// Renames as the kernel does when each disk is a file system of its own.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let disk = |path: &Path| {
            path.strip_prefix(self.0.path())
                .unwrap()
                .iter()
                .next()
                .map(Into::into)
        };
        let disks: [Option<PathBuf>; 2] = [disk(from), disk(to)];
        if disks[0] != disks[1] {
            return Err(io::ErrorKind::CrossesDevices.into());
        }
        fs::rename(from, to)
    }
}

#[test]
fn a_backup_comes_back_and_what_was_there_is_kept() {
    let machine = Machine::new();
    let file = machine.backup();
    let refused = run(&machine.settings(), &file, false).unwrap_err();
    assert!(refused.to_string().contains("--force"), "{refused}");
    run(&machine.settings(), &file, true).unwrap();
    assert_eq!(machine.read("disk1/data/faultmaven.db"), "new database");
    assert_eq!(machine.read("disk2/uploads/case_2/new"), "new upload");
    assert!(!machine.path("disk2/uploads/case_1").exists());
    let kept = fs::read_dir(machine.path("disk2")).unwrap();
    let kept: Vec<PathBuf> = kept.map(|entry| entry.unwrap().path()).collect();
    let kept = kept.iter().find(|path| !path.ends_with("uploads")).unwrap();
    let old = fs::read_to_string(kept.join("uploads/case_1/old")).unwrap();
    assert_eq!(old, "old upload");
}

#[test]
fn restored_keys_are_for_their_owner_only() {
    let machine = Machine::new();
    run(&machine.settings(), &machine.backup(), true).unwrap();
    assert_eq!(machine.mode("disk1/data/keys"), 0o700);
    assert_eq!(machine.mode("disk1/data/keys/access-1.pem"), 0o600);
}

#[test]
fn nothing_is_moved_from_one_file_system_to_another() {
    let machine = Machine::new();
    let targets = targets(&machine.settings(), "1").unwrap();
    unpack(&machine.backup(), &targets).unwrap();
    let mut moves = Vec::new();
    for target in &targets {
        fs::create_dir_all(&target.kept).unwrap();
        moves.extend(target.put_aside().unwrap());
        moves.extend(target.put_in_place().unwrap());
    }
    assert_eq!(moves.len(), 5, "{moves:?}");
    all_or_none(&moves, |from, to| machine.rename(from, to)).unwrap();
    assert_eq!(machine.read("disk2/uploads/case_2/new"), "new upload");
}

#[test]
fn a_move_that_fails_takes_back_all_before_it() {
    let machine = Machine::new();
    machine.write("disk1/new", "new");
    let moves = [
        ("disk1/data/faultmaven.db", "disk1/aside"),
        ("disk1/new", "disk1/data/faultmaven.db"),
        ("disk2/uploads", "disk1/uploads"),
    ]
    .map(|(from, to)| Move {
        from: machine.path(from),
        to: machine.path(to),
    });
    let error = all_or_none(&moves, |from, to| machine.rename(from, to)).unwrap_err();
    assert!(matches!(error, MoveError::UndoneAll(path, _) if path == moves[2].from));
    assert_eq!(machine.read("disk1/data/faultmaven.db"), "old database");
    assert_eq!(machine.read("disk1/new"), "new");
}
