//! Programs that tests use if they are there.

use std::process::Command;

/// A program, the Debian package that has it, and the tests that are skipped without it.
pub(crate) struct Need {
    pub(crate) program: &'static str,
    pub(crate) package: &'static str,
    pub(crate) tests: &'static str,
}

/// Everything that tests use beyond Rust.
pub(crate) const NEEDS: &[Need] = &[Need {
    program: "curl",
    package: "curl",
    tests: "curl through the proxy over HTTP/1.1, HTTP/2 and SOCKS5",
}];

impl Need {
    /// Whether the program can be started.
    pub(crate) fn is_there(&self) -> bool {
        Command::new(self.program).arg("--version").output().is_ok_and(|out| out.status.success())
    }
}

/// Whether apt may be used without asking anybody.
pub(crate) fn may_install() -> bool {
    let root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout == b"0\n");
    root && Command::new("apt-get").arg("--version").output().is_ok_and(|out| out.status.success())
}

/// Installs packages; what fails is found out by looking again.
pub(crate) fn install(packages: &[&str]) {
    let apt = |args: &[&str]| {
        let _ = Command::new("apt-get")
            .args(args)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(std::process::Stdio::null())
            .status();
    };
    apt(&["update", "-qq"]);
    apt(&[&["install", "-y", "-qq", "--no-install-recommends"], packages].concat());
}
