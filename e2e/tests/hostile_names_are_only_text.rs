//! A hundred names that would like to be more than names: each is seen by the other as text, no
//! longer than it may be, and neither page breaks its policy (the scene looks at that).

use e2e::{Role, Setup, scene};

fn hostile() -> Vec<String> {
    let mut names: Vec<String> = [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "\"><script>alert(1)</script>",
        "' onmouseover='alert(1)",
        "</title><script>alert(1)</script>",
        "<style>*{display:none}</style>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<a href=javascript:alert(1)>x</a>",
        "javascript:alert(1)",
        "{{constructor.constructor('alert(1)')()}}",
        "${alert(1)}",
        "#{alert(1)}",
        "<%= alert(1) %>",
        "{%print(1)%}",
        "{x} {y} {0} %s %d",
        "'; DROP TABLE names; --",
        "../../etc/passwd",
        "%3Cscript%3Ealert(1)%3C/script%3E",
        "&lt;script&gt;&amp;&quot;&#x27;",
        "&#60;b&#62;",
        "\\u003cscript\\u003e",
        "null",
        "undefined",
        "NaN",
        "__proto__",
        "constructor",
        "toString",
        "true",
        "0",
        "-1",
        "Ada",
        "1e999",
        "[object Object]",
        "<!--",
        "-->",
        "]]>",
        "<![CDATA[x]]>",
        "<?xml?>",
        "`x`",
        "\\",
        "\\\\\"",
        "/* */",
        "// x",
        "ｓｃｒｉｐｔ ＜＞",
        "مرحبا بالعالم",
        "שלום עולם",
        "Ada שלום Bob",
        "日本語の名前",
        "한국어",
        "नमस्ते",
        "ไทย ๑๒๓",
        "Ünïcödé",
        "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢",
        "👩‍👩‍👧‍👦 family",
        "🏳️‍🌈",
        "👍🏿",
        "🇩🇪🇫🇷",
        "Ⅷ ﬁ ﬀ",
        "a\u{301}\u{302}\u{303}",
        "\u{200f}\u{202e}evil\u{202c}",
        "abc\u{202e}gpj.exe",
        "\u{2066}isolated\u{2069}",
        "zero\u{200b}width\u{200c}joiner\u{200d}",
        "\u{feff}bom",
        "soft\u{ad}hyphen",
        "line\u{2028}separator\u{2029}x",
        "non\u{a0}breaking",
        "tab\u{9}inside",
        "null\u{0}byte",
        "bell\u{7}",
        "esc\u{1b}[31mred",
        "del\u{7f}",
        "c1\u{85}x",
        "tag\u{e0041}\u{e0042}",
        "private\u{e000}use",
        "nonchar\u{fffe}",
        "\u{fff9}annotation\u{fffb}",
        "     lots     of     space     ",
        ".",
    ]
    .into_iter()
    .map(str::to_owned)
    .collect();
    names.extend([
        "A".repeat(65),
        "A".repeat(5_000),
        "é".repeat(200),
        "👾".repeat(100),
    ]);
    names.extend([
        "<".repeat(64),
        "\u{202e}".repeat(64),
        "\u{301}".repeat(64),
        "W".repeat(64),
    ]);
    for (at, character) in ["'", "\"", "`", "<", ">", "&", ";", "=", "/", "|", "$", "@"]
        .iter()
        .enumerate()
    {
        names.push(format!("{character}{at}{character}"));
    }
    assert!(names.len() >= 100, "{} names", names.len());
    names
}

/// Typed as by a person or, for what no keyboard has, pasted.
const TYPE: &str = "
const [field, text] = arguments;
field.focus();
const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
set.call(field, text);
field.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertFromPaste' }));
field.dispatchEvent(new Event('change', { bubbles: true }));";

const FORBIDDEN: [char; 20] = [
    '\u{0}', '\u{7}', '\u{9}', '\u{1b}', '\u{7f}', '\u{85}', '\u{200e}', '\u{200f}', '\u{202a}',
    '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}',
    '\u{2028}', '\u{2029}', '\u{feff}',
];

#[test]
fn hostile_names_are_only_text() -> e2e::Result {
    scene("hostile-names", async |scene| {
        let ([ada, bob], _) = scene
            .call_of_two(("Ada", Setup::chromium()), ("Bob", Setup::firefox()))
            .await?;
        ada.press("People").await?;
        bob.press("More").await?;
        bob.press("Devices and settings").await?;
        let field = bob.find(Role::TextBox, "Your name").await?;
        let elements = "return document.querySelectorAll('main *').length;";
        let mut before = "Bob".to_owned();
        for name in hostile() {
            let arguments = vec![field.to_json()?, name.as_str().into()];
            bob.browser().run(TYPE, arguments).await?;
            // A name that comes after it has passed it on the way.
            let mark = "Bob again";
            let seen = e2e::eventually(&format!("the name {name:?} to be seen"), async || {
                let people = ada.people_seen().await?;
                let other = people.into_iter().find(|seen| seen != "You");
                Ok(other.filter(|seen| *seen != before))
            })
            .await?;
            assert!(seen.chars().count() <= 64, "{name:?} is seen as {seen:?}");
            let bad = seen.chars().find(|c| FORBIDDEN.contains(c));
            assert_eq!(bad, None, "{name:?} is seen as {seen:?}");
            let plain = name.chars().all(|c| c.is_ascii_graphic()) && name.len() <= 64;
            assert!(!plain || seen == name, "{name:?} is seen as {seen:?}");

            let arguments = vec![field.to_json()?, mark.into()];
            bob.browser().run(TYPE, arguments).await?;
            ada.tile(mark).await?;
            before = mark.to_owned();
            let ran = ada.browser().run(elements, vec![]).await?;
            assert!(
                ran.as_u64().is_some_and(|count| count > 5),
                "the page is gone"
            );
        }
        ada.sees_and_hears("Bob again").await
    })
}
