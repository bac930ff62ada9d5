//! Programs that tests use if they are there.

use std::process::Command;

/// A program, the Debian package that has it, and the tests that are skipped without it.
pub(crate) struct Need {
    pub(crate) program: &'static str,
    pub(crate) package: &'static str,
    pub(crate) tests: &'static str,
}

/// Everything that tests use beyond Rust.
pub(crate) const NEEDS: &[Need] = &[
    Need {
        program: "curl",
        package: "curl",
        tests: "curl through the proxy over HTTP/1.1, HTTP/2 and SOCKS5",
    },
    Need { program: "chromium", package: "chromium", tests: "everything driven in Chromium" },
    Need { program: "firefox-esr", package: "firefox-esr", tests: "everything driven in Firefox" },
    Need {
        program: "certutil",
        package: "libnss3-tools",
        tests: "everything driven: browsers must trust the authority",
    },
    Need { program: "Xvfb", package: "xvfb", tests: "typing into a real address bar" },
    Need { program: "xdotool", package: "xdotool", tests: "typing into a real address bar" },
    Need {
        program: "ip",
        package: "iproute2",
        tests: "browsers and phones in a network of their own",
    },
    Need { program: "tshark", package: "tshark", tests: "browsers in a network of their own" },
    Need { program: "node", package: "nodejs", tests: "the bench of analytics SDKs" },
    Need {
        program: "npm",
        package: "npm",
        tests: "the bench of analytics SDKs; the accessibility of the report",
    },
    Need { program: "jq", package: "jq", tests: "the gate for continuous integration" },
    Need { program: "python3", package: "python3", tests: "formats read back by other readers" },
    Need {
        program: "jsonschema",
        package: "python3-jsonschema",
        tests: "SARIF held against its schema",
    },
];

impl Need {
    /// Whether the program is on the PATH.
    pub(crate) fn is_there(&self) -> bool {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(self.program).is_file())
    }
}

/// Something that the system permits or does not, and the tests that are skipped without it.
pub(crate) struct Permission {
    pub(crate) what: &'static str,
    pub(crate) tests: &'static str,
    asks: fn() -> bool,
}

/// Everything that tests ask of the system beyond programs.
pub(crate) const PERMISSIONS: &[Permission] = &[Permission {
    what: "network namespaces (root)",
    tests: "browsers and phones in a network of their own",
    asks: makes_namespaces,
}];

impl Permission {
    /// Whether it is given.
    pub(crate) fn is_given(&self) -> bool {
        (self.asks)()
    }
}

fn makes_namespaces() -> bool {
    let name = format!("candor-xtask-{}", std::process::id());
    let ip = |verb: &str| {
        let asked = Command::new("ip").args(["netns", verb, &name]).output();
        asked.is_ok_and(|out| out.status.success())
    };
    ip("add") && ip("del")
}

/// Whether apt may be used without asking anybody.
pub(crate) fn may_install() -> bool {
    let root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout == b"0\n");
    root && Command::new("apt-get").arg("--version").output().is_ok_and(|out| out.status.success())
}

/// Installs packages one by one, so that one that is not to be had does not keep the others out;
/// what fails is found out by looking again.
pub(crate) fn install(packages: &[&str]) {
    let apt = |args: &[&str]| {
        let _ = Command::new("apt-get")
            .args(args)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(std::process::Stdio::null())
            .status();
    };
    apt(&["update", "-qq"]);
    for package in packages {
        apt(&["install", "-y", "-qq", "--no-install-recommends", package]);
    }
}
