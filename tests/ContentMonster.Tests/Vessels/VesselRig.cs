using ContentMonster.Model;
using ContentMonster.Shore;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

/// <summary>A connected vessel of some kind, shared by the suite that is run on it, and a way to its disk that is not the vessel's own.</summary>
public abstract class VesselRig : IAsyncLifetime
{
    private IVessel? _vessel;

    /// <summary>Why it cannot be had here, or null.</summary>
    public string? Missing { get; protected set; }

    internal IVessel Vessel => _vessel ?? throw new InvalidOperationException("Not connected.");

    /// <summary>The lane that is there as long as the vessel is connected.</summary>
    internal IVesselLane Lane { get; private set; } = null!;

    /// <summary>Where the tests' files go, as the vessel names it.</summary>
    internal abstract BytePath Root { get; }

    public async ValueTask InitializeAsync()
    {
        if (Missing is null)
        {
            _vessel = await ConnectAsync();
            await _vessel.Explored;
            Lane = await _vessel.OpenLaneAsync(CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_vessel is not null)
        {
            await _vessel.DisposeAsync();
        }

        await EndAsync();

        GC.SuppressFinalize(this);
    }

    /// <summary>Null: there is nothing.</summary>
    internal abstract byte[]? Content(BytePath path);

    internal abstract void Put(BytePath path, byte[] content);

    /// <summary>By its bytes, from this machine's own disk.</summary>
    private protected static byte[]? Read(string local, BytePath below)
    {
        if (!Directory.Exists(local))
        {
            return null;
        }

        using ShoreRoot held = ShoreRoot.Open(local);
        try
        {
            using ShoreFile file = held.OpenFile(below);
            byte[] content = new byte[file.Stamp.SizeInBytes];
            return file.Read(0, content) == content.Length ? content : null;
        }
        catch (ShoreException)
        {
            return null;
        }
    }

    private protected BytePath Below(BytePath path) => new(path.Bytes[(Root.Bytes.Length + 1)..]);

    private protected abstract Task<IVessel> ConnectAsync();

    private protected abstract ValueTask EndAsync();
}
