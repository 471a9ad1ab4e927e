// arguments: roles (a list), accessible name (or null for any). Returns the elements that a
// person could find: by role and name, shown, not inert.
const [roles, wanted] = arguments;
const SELECTORS = {
  button: "button, summary, input[type=button], input[type=submit]",
  textbox: "input:not([type]), input[type=text], input[type=search], input[type=url], textarea",
  group: "fieldset",
  status: "output",
  combobox: "select:not([multiple])",
  checkbox: "input[type=checkbox]:not([role])",
  radio: "input[type=radio]",
  slider: "input[type=range]",
  link: "a[href]",
  dialog: "dialog[open]",
  heading: "h1, h2, h3, h4, h5, h6",
  img: "img, svg",
};
const tidy = (text) => (text ?? "").replace(/\s+/g, " ").trim();
const ownText = (element) => {
  let text = "";
  for (const node of element.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) text += node.data;
    else if (node.nodeType === Node.ELEMENT_NODE && node.getAttribute("aria-hidden") !== "true") {
      text += ` ${node.getAttribute("aria-label") ?? ownText(node)} `;
    }
  }
  return text;
};
const nameOf = (element) => {
  const by = element.getAttribute("aria-labelledby");
  if (by) {
    return tidy(
      by
        .split(/\s+/)
        .map((id) => document.getElementById(id)?.textContent ?? "")
        .join(" "),
    );
  }
  const label = element.getAttribute("aria-label");
  if (label) return tidy(label);
  if (element.labels?.length) return tidy([...element.labels].map(ownText).join(" "));
  if (["INPUT", "TEXTAREA", "SELECT", "FIELDSET", "DIALOG"].includes(element.tagName)) {
    const legend = element.querySelector?.(":scope > legend");
    return tidy(legend?.textContent ?? element.title ?? element.placeholder);
  }
  return tidy(ownText(element)) || tidy(element.title);
};
const shown = (element) =>
  element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }) &&
  !element.closest("[aria-hidden=true], [inert]");
const found = [];
for (const role of roles) {
  const selector = [`[role=${role}]`, SELECTORS[role]].filter(Boolean).join(", ");
  for (const element of document.querySelectorAll(selector)) {
    const own = element.getAttribute("role");
    if (own && own !== role) continue;
    if (!shown(element) || found.includes(element)) continue;
    if (wanted === null || nameOf(element) === wanted) found.push(element);
  }
}
return found;
