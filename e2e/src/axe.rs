//! What axe-core finds on a screen.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context, Result, ensure};

use crate::{Person, tools};

const VERSION: &str = "4.14.1";
const RUN: &str = "
const found = await axe.run(document, { resultTypes: ['violations'] });
return found.violations.map(({ id, help, nodes }) => ({
  id,
  help,
  where: nodes.map((node) => `${node.target.join(' ')}: ${node.failureSummary}`),
}));";

impl Person {
    /// Fails if axe-core finds a violation on the screen as it is now.
    pub async fn finds_it_accessible(&self, screen: &str) -> Result<()> {
        let source = fs::read_to_string(script()?)?;
        // The driver's scripts are not bound by the page's CSP.
        self.browser().run(&source, vec![]).await?;
        let found = self.browser().run(RUN, vec![]).await?;
        ensure!(
            found.as_array().is_some_and(Vec::is_empty),
            "{screen}: {}",
            serde_json::to_string_pretty(&found).unwrap_or_default()
        );
        Ok(())
    }
}

/// axe-core (`AXE_CORE`), from npm if it is not there yet.
fn script() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("AXE_CORE") {
        return Ok(path.into());
    }
    let folder = tools::cache()?.join(format!("axe-core-{VERSION}"));
    let script = folder.join("node_modules/axe-core/axe.min.js");
    if !script.is_file() {
        let output = Command::new(tools::find("NPM", &["npm"])?)
            .args(["install", "--no-audit", "--no-fund", "--ignore-scripts"])
            .arg("--prefix")
            .arg(&folder)
            .arg(format!("axe-core@{VERSION}"))
            .output()
            .context("run npm")?;
        ensure!(
            output.status.success(),
            "npm install axe-core: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(script)
}
