namespace ContentMonster.Daemon.Demo;

/// <summary>A private SSH server on a loopback port, good for one demonstration.</summary>
internal interface IDemoVessel : IAsyncDisposable
{
    int Port { get; }

    /// <summary>The private key that it lets in.</summary>
    string ClientKeyFile { get; }
}

/// <summary>Starts a vessel whose login directory (of SFTP and of the shell) is <paramref name="home"/>, which exists and is empty.</summary>
internal delegate Task<IDemoVessel> DemoVesselStarter(string name, string home, CancellationToken cancellationToken);
