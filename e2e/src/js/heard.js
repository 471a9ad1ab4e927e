// arguments: video element, how long to listen at most (ms), whether to stop at the first sound.
// The loudest moment of what this element plays (root mean square, 0 to 1).
const [video, limit, first] = arguments;
const tracks = () =>
  video.srcObject?.getAudioTracks().filter((track) => track.readyState === "live") ?? [];
const energy = async () => {
  const receivers = window.testConnections
    .filter((connection) => connection.signalingState !== "closed")
    .flatMap((connection) => connection.getReceivers())
    .filter((receiver) => tracks().some((track) => track.id === receiver.track.id));
  let sum = 0;
  let duration = 0;
  for (const receiver of receivers) {
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
  tracks: tracks().length,
  loudest,
  listened,
  plays: !video.paused && !video.muted && video.volume > 0,
};
