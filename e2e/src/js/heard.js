// arguments: a person's video element, how long to listen at most (ms), whether to stop at the
// first sound. The loudest moment of that person's sound that is played here (root mean square,
// 0 to 1), by whatever element.
const [video, limit, first] = arguments;
const has = (stream, track) => stream?.getTracks().some((other) => other.id === track.id);
const receivers = () => {
  const open = window.testConnections.filter(
    (connection) => connection.signalingState !== "closed",
  );
  // The connection that the picture comes from; without a picture, any.
  const own = open.filter((connection) =>
    connection.getReceivers().some(({ track }) => has(video.srcObject, track)),
  );
  return (own.length > 0 ? own : open)
    .flatMap((connection) => connection.getReceivers())
    .filter(({ track }) => track.kind === "audio" && track.readyState === "live");
};
const plays = (track) =>
  [...window.testPlayers].some(
    (player) =>
      has(player.srcObject, track) && !player.paused && !player.muted && player.volume > 0,
  );
const energy = async () => {
  let sum = 0;
  let duration = 0;
  for (const receiver of receivers()) {
    for (const stats of (await receiver.getStats()).values()) {
      if (stats.type !== "inbound-rtp") continue;
      sum += stats.totalAudioEnergy ?? 0;
      duration += stats.totalSamplesDuration ?? 0;
    }
  }
  return { sum, duration };
};
let loudest = 0;
let listened = 0;
let last = await energy();
const end = performance.now() + limit;
while (performance.now() < end && !(first && loudest > 0.003)) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  const now = await energy();
  const time = now.duration - last.duration;
  // Another connection has taken over when time runs backwards.
  if (time > 0 && now.sum >= last.sum) {
    loudest = Math.max(loudest, Math.sqrt((now.sum - last.sum) / time));
    listened += time;
  }
  if (time !== 0) last = now;
}
return {
  tracks: receivers().length,
  loudest,
  listened,
  plays: receivers().some(({ track }) => plays(track)),
};
