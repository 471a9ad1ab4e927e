// Watches how long the page goes without a new frame of the others, and is gone if the page is
// loaded anew.
const watch = { frames: 0, longest: 0, since: performance.now() };
window.testGaps = watch;
const look = async () => {
  let frames = 0;
  for (const connection of window.testConnections) {
    if (connection.signalingState === "closed") continue;
    for (const entry of (await connection.getStats()).values()) {
      if (entry.type !== "inbound-rtp" || entry.kind !== "video") continue;
      frames += entry.framesDecoded ?? 0;
    }
  }
  const now = performance.now();
  if (frames > watch.frames) {
    watch.frames = frames;
    watch.since = now;
  }
  watch.longest = Math.max(watch.longest, now - watch.since);
  setTimeout(look, 50);
};
look();
