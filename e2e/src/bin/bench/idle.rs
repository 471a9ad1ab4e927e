//! What a server costs that nobody uses.

use std::{fmt::Write as _, fs};

use anyhow::Result;
use e2e::{Server, tools};

use crate::{
    Effort, process,
    stats::{Samples, grouped},
};

pub async fn run(effort: Effort) -> Result<String> {
    let rounds = if effort.quick { 1 } else { 5 };
    let mut resident = Samples::default();
    for _ in 0..rounds {
        let server = Server::start().await?;
        // With HTTPS on, and the page sent once.
        server.get("/").await?;
        process::at_rest(server.process_id()).await?;
        resident.push(process::resident(server.process_id())? as f64 / 1e6);
    }
    let size = fs::metadata(tools::crabcall()?)?.len() as f64 / 1e6;
    let mut text =
        String::from("`cargo xtask bench idle`\n\n| | measured | at most |\n|---|---|---|\n");
    let _ = writeln!(
        text,
        "| idle server, resident, MB: median (least … most) of {rounds} | {resident} | 15 |"
    );
    let _ = writeln!(
        text,
        "| program with the page in it, MB | {} | 20 |",
        grouped(size, 1)
    );
    Ok(text)
}
