() => {
  // What the page's policy blocked becomes an error in the console.
  addEventListener("securitypolicyviolation", (event) => {
    console.error(
      `CSP: ${event.effectiveDirective} blocked ${event.blockedURI} ${event.sample}`.trim(),
    );
  });
  // Sound is measured by getStats, which needs the connection: Firefox runs no AudioContext on a
  // computer without loudspeakers.
  const connections = [];
  window.testConnections = connections;
  window.RTCPeerConnection = class RTCPeerConnection extends window.RTCPeerConnection {
    constructor(...rest) {
      super(...rest);
      connections.push(this);
    }
  };
  const tracks = [];
  window.testTracks = tracks;
  // Whatever plays a stream, also what is not in the document.
  const players = new Set();
  window.testPlayers = players;
  const { get, set } = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "srcObject");
  Object.defineProperty(HTMLMediaElement.prototype, "srcObject", {
    configurable: true,
    enumerable: true,
    get,
    set(stream) {
      set.call(this, stream);
      players.add(this);
    },
  });
  // Insecure pages have no devices.
  if (!window.MediaDevices) return;
  const open = MediaDevices.prototype.getUserMedia;
  MediaDevices.prototype.getUserMedia = async function getUserMedia(...rest) {
    const stream = await open.apply(this, rest);
    tracks.push(...stream.getTracks());
    return stream;
  };
}
