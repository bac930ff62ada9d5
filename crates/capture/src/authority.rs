//! The certificate authority: made on first use, kept in a file that only its owner can read.
//!
//! Key and certificate lie in one file, so that they are made in one step: whoever comes second,
//! finds the first one's. The certificate alone is copied beside it for people to install.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    net::IpAddr,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use candor_case::UnixMicros;
use data_encoding::{BASE64, HEXLOWER};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PublicKeyData, SanType, SerialNumber,
};
use ring::digest::{SHA256, digest};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer, pem::PemObject},
    sign::SigningKey,
};

use crate::{
    CaptureError, Randomness,
    leaf::{Leaves, Tickets},
};

/// Holds key and certificate; mode 0600.
const KEY_FILE: &str = "authority.pem";
/// Holds the certificate alone, for people to install.
const CERTIFICATE_FILE: &str = "candor.pem";
/// A file of ours is far smaller.
const LARGEST_FILE: u64 = 64 << 10;
const DAY: u64 = 24 * 60 * 60;

/// The authority that the subject is told to trust, with the certificates it issued.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    certificate_pem: String,
    leaf_key: KeyPair,
    signer: Arc<dyn SigningKey>,
    randomness: Arc<dyn Randomness>,
    leaves: Leaves,
    tickets: Tickets,
}

impl Authority {
    /// Loads the authority of a folder, or makes one there: the folder with mode 0700, the key
    /// file `authority.pem` with mode 0600, and `candor.pem` for people to install.
    ///
    /// Two processes that do this at once end up with the same authority. `now` dates a new one
    /// (ten years from a month ago). Fails when the file can be read by others or is not ours.
    pub fn open(
        dir: &Path,
        randomness: Arc<dyn Randomness>,
        now: UnixMicros,
    ) -> Result<Self, CaptureError> {
        let path = dir.join(KEY_FILE);
        let file = |source| CaptureError::File { path: path.clone(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(file)?;
        if !path.try_exists().map_err(file)? {
            create(&path, make(&*randomness, now)?.as_bytes(), &*randomness).map_err(file)?;
        }
        let authority = Self::parse(&read(&path)?, randomness, &path)?;
        publish(dir, &authority)?;
        Ok(authority)
    }

    fn parse(
        text: &str,
        randomness: Arc<dyn Randomness>,
        path: &Path,
    ) -> Result<Self, CaptureError> {
        let damaged = |why: String| CaptureError::KeyDamaged { path: path.to_owned(), why };
        let key = KeyPair::from_pem(text).map_err(|e| damaged(e.to_string()))?;
        let certificate =
            CertificateDer::from_pem_slice(text.as_bytes()).map_err(|e| damaged(e.to_string()))?;
        let spki = key.subject_public_key_info();
        if !holds(&certificate, &spki) {
            return Err(damaged("the certificate is not the key's".into()));
        }
        let leaf_key = KeyPair::generate().map_err(|e| damaged(e.to_string()))?;
        let leaf_der = PrivatePkcs8KeyDer::from(leaf_key.serialize_der()).into();
        let signer = rustls::crypto::ring::sign::any_ecdsa_type(&leaf_der)
            .map_err(|e| damaged(e.to_string()))?;
        Ok(Self {
            certificate_pem: pem("CERTIFICATE", &certificate),
            issuer: Issuer::new(authority_params(&key), key),
            certificate,
            leaf_key,
            signer,
            randomness,
            leaves: Leaves::default(),
            tickets: Tickets::new().map_err(|e| damaged(e.to_string()))?,
        })
    }

    /// The certificate to trust, as PEM.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The certificate to trust, as DER.
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate
    }

    /// SHA-256 of the certificate in lower-case hex, to compare with what a device shows.
    pub fn fingerprint_sha256(&self) -> String {
        HEXLOWER.encode(digest(&SHA256, &self.certificate).as_ref())
    }

    /// SHA-256 of the public key in base64, as Chromium's
    /// `--ignore-certificate-errors-spki-list` takes it.
    pub fn spki_sha256(&self) -> String {
        let spki = self.issuer.key().subject_public_key_info();
        BASE64.encode(digest(&SHA256, &spki).as_ref())
    }

    /// What to serve to a client that wants to reach `host` (a name or an IP address) and with
    /// whom `alpn` is to be agreed; kept for the next connection.
    pub fn server_config(
        &self,
        host: &str,
        alpn: Option<&[u8]>,
        now: UnixMicros,
    ) -> Result<Arc<ServerConfig>, CaptureError> {
        self.leaves.config(host, alpn, now, &self.tickets, || {
            let leaf = self.issue(host, now)?;
            // The authority goes along: Chromium's list of trusted keys is looked for in the
            // chain as served.
            let chain = vec![leaf, self.certificate.clone()];
            Ok((chain, Arc::clone(&self.signer)))
        })
    }

    fn issue(&self, host: &str, now: UnixMicros) -> Result<CertificateDer<'static>, CaptureError> {
        let failed = |e: rcgen::Error| CaptureError::certificate(host, e);
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![match host.parse::<IpAddr>() {
            Ok(ip) => SanType::IpAddress(ip),
            Err(_) => SanType::DnsName(host.try_into().map_err(failed)?),
        }];
        // RFC 5280 allows a common name 64 characters.
        let name = if host.len() <= 64 { host } else { "candor" };
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.serial_number = Some(serial(&*self.randomness));
        // Some platforms trust no leaf for longer than 398 days.
        date(&mut params, now, 7, 360);
        let leaf = params.signed_by(&self.leaf_key, &self.issuer).map_err(failed)?;
        Ok(leaf.der().clone())
    }
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").field("fingerprint", &self.fingerprint_sha256()).finish()
    }
}

/// Makes key and certificate, as PEM.
fn make(randomness: &dyn Randomness, now: UnixMicros) -> Result<String, CaptureError> {
    let failed = |e: rcgen::Error| CaptureError::certificate("the authority", e);
    let key = KeyPair::generate().map_err(failed)?;
    let mut params = authority_params(&key);
    params.serial_number = Some(serial(randomness));
    date(&mut params, now, 30, 3650);
    let certificate = params.self_signed(&key).map_err(failed)?;
    Ok(key.serialize_pem() + &pem("CERTIFICATE", certificate.der()))
}

/// What can be known of the authority's certificate from its key. The name carries a piece of the
/// key's digest: a browser that has trusted an older authority must not mix the two up.
fn authority_params(key: &KeyPair) -> CertificateParams {
    let spki = digest(&SHA256, &key.subject_public_key_info());
    let short = HEXLOWER.encode(spki.as_ref().get(..4).unwrap_or_default());
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "candor");
    params.distinguished_name.push(DnType::CommonName, format!("candor authority {short}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// A random serial number of 16 bytes. Left to the library it would follow from the leaf key,
/// which all leaves share, and Firefox refuses two certificates with one serial.
fn serial(randomness: &dyn Randomness) -> SerialNumber {
    let mut bytes = [0; 16];
    randomness.fill(&mut bytes);
    // Positive, and of full length whatever was drawn (RFC 5280, section 4.1.2.2).
    bytes[0] = bytes[0] & 0x7f | 0x40;
    SerialNumber::from_slice(&bytes)
}

/// Dates a certificate around `now`, with days to spare for a subject whose clock is off.
fn date(params: &mut CertificateParams, now: UnixMicros, days_before: u64, days_after: u64) {
    // Years beyond 9999 cannot be written into a certificate.
    let now = now.0.div_euclid(1_000_000).clamp(0, 250_000_000_000).unsigned_abs();
    let at = |seconds| rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds);
    params.not_before = at(now.saturating_sub(days_before * DAY));
    params.not_after = at(now + days_after * DAY);
}

fn holds(certificate: &[u8], spki: &[u8]) -> bool {
    memchr::memmem::find(certificate, spki).is_some()
}

fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    let base64 = BASE64.encode(der);
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text + &format!("-----END {label}-----\n")
}

/// Reads the key file, unless others can read it too.
fn read(path: &Path) -> Result<String, CaptureError> {
    let failed = |source| CaptureError::File { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(CaptureError::KeyExposed { path: path.to_owned(), mode });
    }
    let mut text = String::new();
    #[expect(clippy::disallowed_methods, reason = "bounded by `take`")]
    file.take(LARGEST_FILE).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

/// Writes the key file in one step; one that is there already stays.
fn create(path: &Path, text: &[u8], randomness: &dyn Randomness) -> io::Result<()> {
    let draft = draft(path, randomness);
    let written = write(&draft, 0o600, text).and_then(|()| fs::hard_link(&draft, path));
    let removed = fs::remove_file(&draft);
    match written {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists && path.exists() => removed,
        other => other.and(removed),
    }
}

/// Puts the certificate beside the key file, where people look for it.
fn publish(dir: &Path, authority: &Authority) -> Result<(), CaptureError> {
    let path = dir.join(CERTIFICATE_FILE);
    let text = authority.certificate_pem().as_bytes();
    if fs::metadata(&path).is_ok_and(|m| m.len() == text.len() as u64)
        && fs::read(&path).is_ok_and(|there| there == text)
    {
        return Ok(());
    }
    let draft = draft(&path, &*authority.randomness);
    write(&draft, 0o644, text)
        .and_then(|()| fs::rename(&draft, &path))
        .map_err(|source| CaptureError::File { path, source })
}

fn draft(path: &Path, randomness: &dyn Randomness) -> PathBuf {
    let mut mark = [0; 8];
    randomness.fill(&mut mark);
    path.with_extension(format!("{}-{}.new", std::process::id(), HEXLOWER.encode(&mark)))
}

fn write(path: &Path, mode: u32, text: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::System;

    const NOW: UnixMicros = UnixMicros(1_600_000_000_000_000);

    fn open(dir: &Path) -> Result<Authority, CaptureError> {
        Authority::open(dir, Arc::new(System), NOW)
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("it is there").permissions().mode() & 0o777
    }

    #[test]
    fn the_key_is_made_once_and_only_its_owner_reads_it() {
        let home = tempfile::tempdir().expect("a folder");
        let dir = home.path().join("a/b");
        let first = open(&dir).expect("made");
        assert_eq!(mode(&dir), 0o700);
        assert_eq!(mode(&dir.join(KEY_FILE)), 0o600);
        let again = open(&dir).expect("loaded");
        assert_eq!(first.certificate_der(), again.certificate_der());
        assert_eq!(first.certificate_pem().lines().next(), Some("-----BEGIN CERTIFICATE-----"));
        let published = fs::read_to_string(dir.join(CERTIFICATE_FILE)).expect("published");
        assert_eq!(published, first.certificate_pem());
        assert_eq!(fs::read_dir(&dir).expect("a folder").count(), 2, "no drafts are left");
    }

    #[test]
    fn many_at_once_agree_on_one_authority() {
        let home = tempfile::tempdir().expect("a folder");
        let fingerprints: Vec<_> = std::thread::scope(|scope| {
            let open = || open(home.path()).expect("opened").fingerprint_sha256();
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
            threads.into_iter().map(|t| t.join().expect("no panic")).collect()
        });
        assert!(fingerprints.iter().all(|f| *f == fingerprints[0]), "{fingerprints:?}");
    }

    #[test]
    fn an_exposed_or_damaged_key_is_refused_with_the_way_out() {
        let home = tempfile::tempdir().expect("a folder");
        open(home.path()).expect("made");
        let path = home.path().join(KEY_FILE);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("widened");
        let exposed = open(home.path()).expect_err("refused").to_string();
        assert!(exposed.contains("chmod 600"), "{exposed}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("narrowed");
        fs::write(&path, "nonsense").expect("written");
        let damaged = open(home.path()).expect_err("refused").to_string();
        assert!(damaged.contains("delete it"), "{damaged}");
    }

    #[test]
    fn leaves_have_serial_numbers_of_their_own() {
        let home = tempfile::tempdir().expect("a folder");
        let authority = open(home.path()).expect("made");
        let mut serials: Vec<_> = ["a.candor.test", "b.candor.test", "127.0.0.1", "::1"]
            .iter()
            .map(|host| serial_of(&authority.issue(host, NOW).expect("issued")))
            .collect();
        assert!(serials.iter().all(|s| s.len() == 16), "{serials:?}");
        serials.sort();
        serials.dedup();
        assert_eq!(serials.len(), 4);
        assert!(authority.issue("bücher.example", NOW).is_err());
    }

    /// Certificate > tbs > [0] version (5 bytes) > serial number.
    fn serial_of(der: &[u8]) -> Vec<u8> {
        let inside = |der: &[u8]| {
            der[if der[1] < 0x80 { 2 } else { 2 + usize::from(der[1] & 0x7f) }..].to_vec()
        };
        let serial = inside(&inside(der))[5..].to_vec();
        assert_eq!(serial[0], 2, "an INTEGER");
        serial[2..2 + usize::from(serial[1])].to_vec()
    }
}
