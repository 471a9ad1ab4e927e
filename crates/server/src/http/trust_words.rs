//! What `/trust` says, as HTML.

/// The guide in one language.
#[derive(Debug)]
pub struct Words {
    pub why: &'static str,
    pub download: &'static str,
    pub compare: &'static str,
    pub narrow: &'static str,
    pub on_your_device: &'static str,
    /// How each system is told to trust an authority: its name and the steps.
    pub steps: &'static [(&'static str, &'static [&'static str])],
    pub then: &'static str,
    pub open: &'static str,
}

pub const ENGLISH: Words = Words {
    why: "Browsers give a page the camera only over a connection they trust. This Crabcall makes its own \
          certificates, so each device is told once that they are to be trusted. Until then it shows a warning.",
    download: "Download the certificate",
    compare: "Compare this fingerprint (SHA-256) with the one your device shows, and with the one printed where \
              Crabcall was started:",
    narrow: "What you trust is narrow: it can vouch only for private network addresses and for names under \
             localhost, .local, .home.arpa and .internal. It can't stand in for any site on the Internet. Its key \
             never leaves the computer that runs Crabcall. You can remove it again in the same place.",
    on_your_device: "On your device",
    steps: &[
        (
            "iPhone and iPad",
            &[
                "Open this page in Safari, tap <b>Download the certificate</b> and allow it.",
                "Open <b>Settings</b>. Tap <b>Profile Downloaded</b> near the top, then <b>Install</b>.",
                "Go to <b>General › About › Certificate Trust Settings</b> and switch it on under \
                 <b>Enable full trust for root certificates</b>.",
            ],
        ),
        (
            "Android",
            &[
                "Tap <b>Download the certificate</b>.",
                "Open <b>Settings</b> and search for <b>CA certificate</b>. It is under \
                 <b>Security › More security settings › Encryption &amp; credentials › Install a certificate</b>.",
                "Choose <b>CA certificate</b>, then <b>Install anyway</b>, and pick <code>crabcall-ca.crt</code>.",
                "Chrome trusts it now. In Firefox: <b>Settings › About Firefox</b>, tap the logo seven times, go back, \
                 open <b>Secret Settings</b> and switch on <b>Use third party CA certificates</b>.",
            ],
        ),
        (
            "Windows",
            &[
                "Click <b>Download the certificate</b> and open the file.",
                "Choose <b>Install Certificate</b>, <b>Current User</b>, then \
                 <b>Place all certificates in the following store</b>.",
                "Browse to <b>Trusted Root Certification Authorities</b>, finish, and say <b>Yes</b> after comparing \
                 the fingerprint.",
                "Close and open Chrome or Edge again. For Firefox see below.",
            ],
        ),
        (
            "Mac",
            &[
                "Click <b>Download the certificate</b> and open the file. It is added to <b>Keychain Access</b>.",
                "Find it there by the name <b>Crabcall on …</b> and open it.",
                "Under <b>Trust</b> choose <b>Always Trust</b> for <b>Secure Sockets Layer (SSL)</b>, close the window \
                 and confirm with your password.",
            ],
        ),
        (
            "Linux",
            &[
                "Chrome and Chromium: open <b>Settings › Privacy and security › Security › Manage certificates</b>, \
                 then <b>Installed by you › Trusted certificates › Import</b>, and pick <code>crabcall-ca.crt</code>.",
                "The whole system, on Debian and Ubuntu: save \
                 <a href=\"/trust/crabcall-ca.pem\" download>the certificate as text</a> as \
                 <code>/usr/local/share/ca-certificates/crabcall.crt</code> and run \
                 <code>sudo update-ca-certificates</code>.",
                "On Fedora: save it under <code>/etc/pki/ca-trust/source/anchors/</code> and run \
                 <code>sudo update-ca-trust</code>.",
            ],
        ),
        (
            "Firefox on a computer",
            &[
                "Open <b>Settings › Privacy &amp; Security › Certificates › View Certificates</b>.",
                "Under <b>Authorities</b> click <b>Import</b> and pick <code>crabcall-ca.crt</code>.",
                "Tick <b>Trust this CA to identify websites</b>.",
            ],
        ),
    ],
    then: "Then",
    open: "<a href=\"/\">Open Crabcall</a>. The warning is gone.",
};

pub const GERMAN: Words = Words {
    why: "Browser geben einer Seite die Kamera nur über eine Verbindung, der sie vertrauen. Dieser Crabcall stellt \
          seine Zertifikate selbst aus; darum wird jedem Gerät einmal gesagt, dass es ihnen vertrauen soll. Bis \
          dahin zeigt es eine Warnung.",
    download: "Zertifikat herunterladen",
    compare: "Vergleich diesen Fingerabdruck (SHA-256) mit dem, den dein Gerät zeigt, und mit dem, der dort steht, \
              wo Crabcall gestartet wurde:",
    narrow: "Das Vertrauen ist eng begrenzt: Es gilt nur für Adressen in privaten Netzen und für Namen unter \
             localhost, .local, .home.arpa und .internal. Für keine Seite im Internet kann sich damit jemand \
             ausgeben. Der Schlüssel verlässt nie den Computer, auf dem Crabcall läuft. Am selben Ort kannst du es \
             wieder entfernen.",
    on_your_device: "Auf deinem Gerät",
    steps: &[
        (
            "iPhone und iPad",
            &[
                "Öffne diese Seite in Safari, tipp auf <b>Zertifikat herunterladen</b> und erlaube es.",
                "Öffne die <b>Einstellungen</b>. Tipp weit oben auf <b>Profil geladen</b>, dann auf \
                 <b>Installieren</b>.",
                "Geh zu <b>Allgemein › Info › Zertifikatsvertrauenseinstellungen</b> und schalte es unter \
                 <b>Volles Vertrauen für Root-Zertifikate aktivieren</b> ein.",
            ],
        ),
        (
            "Android",
            &[
                "Tipp auf <b>Zertifikat herunterladen</b>.",
                "Öffne die <b>Einstellungen</b> und such nach <b>CA-Zertifikat</b>. Es steht unter <b>Sicherheit › \
                 Weitere Sicherheitseinstellungen › Verschlüsselung und Anmeldedaten › Zertifikat \
                 installieren</b>.",
                "Wähl <b>CA-Zertifikat</b>, dann <b>Trotzdem installieren</b>, und nimm \
                 <code>crabcall-ca.crt</code>.",
                "Chrome vertraut ihm jetzt. In Firefox: <b>Einstellungen › Über Firefox</b>, tipp siebenmal auf das \
                 Logo, geh zurück, öffne <b>Secret Settings</b> und schalte <b>Use third party CA certificates</b> \
                 ein.",
            ],
        ),
        (
            "Windows",
            &[
                "Klick auf <b>Zertifikat herunterladen</b> und öffne die Datei.",
                "Wähl <b>Zertifikat installieren</b>, <b>Aktueller Benutzer</b>, dann <b>Alle Zertifikate in \
                 folgendem Speicher speichern</b>.",
                "Such <b>Vertrauenswürdige Stammzertifizierungsstellen</b> aus, schließ ab, vergleich den \
                 Fingerabdruck und sag <b>Ja</b>.",
                "Schließ Chrome oder Edge und öffne es wieder. Für Firefox siehe unten.",
            ],
        ),
        (
            "Mac",
            &[
                "Klick auf <b>Zertifikat herunterladen</b> und öffne die Datei. Sie kommt in die \
                 <b>Schlüsselbundverwaltung</b>.",
                "Such es dort unter dem Namen <b>Crabcall on …</b> und öffne es.",
                "Wähl unter <b>Vertrauen</b> bei <b>Secure Sockets Layer (SSL)</b> <b>Immer vertrauen</b>, schließ das \
                 Fenster und bestätige mit deinem Passwort.",
            ],
        ),
        (
            "Linux",
            &[
                "Chrome und Chromium: Öffne <b>Einstellungen › Datenschutz und Sicherheit › Sicherheit › Zertifikate \
                 verwalten</b>, dann <b>Von dir installiert › Vertrauenswürdige Zertifikate › Importieren</b>, und \
                 nimm <code>crabcall-ca.crt</code>.",
                "Das ganze System, auf Debian und Ubuntu: Speichere \
                 <a href=\"/trust/crabcall-ca.pem\" download>das Zertifikat als Text</a> als \
                 <code>/usr/local/share/ca-certificates/crabcall.crt</code> und führ \
                 <code>sudo update-ca-certificates</code> aus.",
                "Auf Fedora: Speichere es unter <code>/etc/pki/ca-trust/source/anchors/</code> und führ \
                 <code>sudo update-ca-trust</code> aus.",
            ],
        ),
        (
            "Firefox auf einem Computer",
            &[
                "Öffne <b>Einstellungen › Datenschutz &amp; Sicherheit › Zertifikate › Zertifikate anzeigen</b>.",
                "Klick unter <b>Zertifizierungsstellen</b> auf <b>Importieren</b> und nimm \
                 <code>crabcall-ca.crt</code>.",
                "Setz den Haken bei <b>Dieser CA vertrauen, um Websites zu identifizieren</b>.",
            ],
        ),
    ],
    then: "Danach",
    open: "<a href=\"/\">Crabcall öffnen</a>. Die Warnung ist weg.",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_every_step() {
        let counts = |words: &Words| {
            words
                .steps
                .iter()
                .map(|(_, steps)| steps.len())
                .collect::<Vec<_>>()
        };
        assert_eq!(counts(&ENGLISH), counts(&GERMAN));
    }

    #[test]
    fn the_button_that_steps_speak_of_is_there() {
        for words in [&ENGLISH, &GERMAN] {
            let button = format!("<b>{}</b>", words.download);
            let mut steps = words.steps.iter().flat_map(|(_, steps)| *steps);
            assert!(steps.any(|step| step.contains(&button)), "{button}");
        }
    }
}
