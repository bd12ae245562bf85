//! Rebuilds the server when a migration is added: the compiler can't see that a folder is embedded.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
