() => {
  // What the page's policy blocked becomes an error in the console.
  addEventListener("securitypolicyviolation", (event) => {
    console.error(
      `CSP: ${event.effectiveDirective} blocked ${event.blockedURI} ${event.sample}`.trim(),
    );
  });
  // Sound is measured by getStats, which needs the connection: Firefox runs no AudioContext on a
  // computer without loudspeakers.
  const connections = (window.top.testConnections ??= []);
  window.RTCPeerConnection = class RTCPeerConnection extends window.RTCPeerConnection {
    constructor(...rest) {
      super(...rest);
      connections.push(this);
      // What was asked of it, for the reader of a failed test.
      this.testDid = [];
      for (const name of ["restartIce", "setLocalDescription", "setRemoteDescription", "close"]) {
        this[name] = (...rest) => {
          const kind = rest[0]?.type ?? "";
          const did = this.testDid;
          did.push(`${Math.round(performance.now())} ${name} ${kind}`.trim());
          const done = super[name](...rest);
          done?.then?.(
            () => did.push(`${Math.round(performance.now())} ${name} done: ${this.signalingState}`),
            (error) => {
              did.push(`${Math.round(performance.now())} ${name} failed: ${error}`);
              if (rest[0]?.sdp) did.push(rest[0].sdp);
            },
          );
          return done;
        };
      }
      for (const event of ["iceconnectionstatechange", "connectionstatechange"]) {
        this.addEventListener(event, () => {
          const state = `${this.iceConnectionState} ${this.connectionState}`;
          this.testDid.push(`${Math.round(performance.now())} ${event} ${state}`);
        });
      }
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
