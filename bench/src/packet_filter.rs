//! Packets that get lost on their way to one server and back.

use std::{
    io::Write,
    net::SocketAddr,
    process::{Command, Output, Stdio},
};

use crate::case::not_run;

/// Rules in the system's packet filter, for one address only; gone when dropped.
#[derive(Debug)]
pub struct PacketFilter {
    table: String,
}

impl PacketFilter {
    /// From now on so many of a hundred packets from and to `server` are lost.
    ///
    /// # Errors
    /// [`crate::case::NotRun`] where packets can't be filtered.
    pub fn lose(server: SocketAddr, percent: u8) -> anyhow::Result<Self> {
        let (ip, port) = (server.ip(), server.port());
        let table = format!("tidings_bench_{}", ip.to_string().replace('.', "_"));
        let lost = format!("numgen random mod 100 < {percent} drop");
        let rules = format!(
            "table ip {table} {{\n chain lost {{\n type filter hook input priority 0;\n \
             ip daddr {ip} tcp dport {port} {lost}\n ip saddr {ip} tcp sport {port} {lost}\n }}\n}}\n"
        );
        match nft(&["-f", "-"], &rules) {
            Ok(done) if done.status.success() => Ok(Self { table }),
            Ok(done) => {
                let why = String::from_utf8_lossy(&done.stderr).trim().to_owned();
                Err(not_run(format!("packets can't be filtered here: {why}")))
            }
            Err(error) => Err(not_run(format!("nft can't be started: {error}"))),
        }
    }
}

impl Drop for PacketFilter {
    fn drop(&mut self) {
        // Rules about an address that nobody uses any more hurt nobody.
        drop(nft(&["delete", "table", "ip", &self.table], ""));
    }
}

fn nft(words: &[&str], input: &str) -> std::io::Result<Output> {
    let mut child = Command::new("nft")
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes())?;
    }
    child.wait_with_output()
}
