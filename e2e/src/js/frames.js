() => {
  const LONGEST = 50_000;
  const frames = { pressed: null, first: null, shown: [] };
  window.testFrames = frames;
  const now = () => performance.timeOrigin + performance.now();
  addEventListener(
    "click",
    (event) => {
      const button = event.target.closest?.("button");
      if (button?.textContent.trim() === "Join now") frames.pressed ??= now();
    },
    true,
  );
  const watch = (video) => {
    const note = () => {
      frames.first ??= now();
      frames.shown.push(now());
      if (frames.shown.length > LONGEST) frames.shown.shift();
      video.requestVideoFrameCallback(note);
    };
    video.requestVideoFrameCallback(note);
  };
  const watched = new WeakSet();
  new MutationObserver(() => {
    for (const video of document.querySelectorAll("[role=group]:not([aria-label=You]) video")) {
      if (watched.has(video)) continue;
      watched.add(video);
      watch(video);
    }
  }).observe(document, { childList: true, subtree: true });
}
