//! Finding what a person would find: by role and accessible name.

use anyhow::Result;
use serde_json::{Value, json};
use thirtyfour::WebElement;

use crate::{Browser, wait::eventually};

const FIND: &str = include_str!("js/find.js");

/// A role of WAI-ARIA, or a family of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Anything that is pressed: buttons, menu items, switches, check boxes, links.
    Control,
    Button,
    TextBox,
    ComboBox,
    Slider,
    Group,
    Status,
    Dialog,
    Heading,
}

impl Role {
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Control => &[
                "button",
                "menuitem",
                "menuitemcheckbox",
                "menuitemradio",
                "switch",
                "checkbox",
                "radio",
                "tab",
                "option",
                "link",
            ],
            Self::Button => &["button"],
            Self::TextBox => &["textbox"],
            Self::ComboBox => &["combobox"],
            Self::Slider => &["slider"],
            Self::Group => &["group"],
            Self::Status => &["status"],
            Self::Dialog => &["dialog"],
            Self::Heading => &["heading"],
        }
    }
}

impl Browser {
    /// All that have this role and, if given, this name, and are shown now.
    pub async fn find_all(&self, role: Role, name: Option<&str>) -> Result<Vec<WebElement>> {
        let arguments: Vec<Value> = vec![json!(role.names()), json!(name)];
        Ok(self.web().execute(FIND, arguments).await?.elements()?)
    }

    /// Waits until there is one.
    pub async fn find(&self, role: Role, name: &str) -> Result<WebElement> {
        eventually(&format!("{role:?} \"{name}\""), async || {
            Ok(self.find_all(role, Some(name)).await?.into_iter().next())
        })
        .await
    }

    /// Whether there is one now.
    pub async fn has(&self, role: Role, name: &str) -> Result<bool> {
        Ok(!self.find_all(role, Some(name)).await?.is_empty())
    }
}
