using ContentMonster.Model;

namespace ContentMonster.Vessels;

/// <summary>Where things are for the connections to one vessel.</summary>
/// <param name="ShoreId">The ledger's id: names this shore's folder in TempDir.</param>
/// <param name="KnownHostsFile">Where new host keys are pinned.</param>
/// <param name="AskpassProgram">Our own executable, which ssh runs to ask for a secret.</param>
/// <param name="Destinations">RemoteLocation of each directory that the vessel takes.</param>
internal sealed record VesselPlaces(string ShoreId, string KnownHostsFile, string AskpassProgram, IReadOnlyList<BytePath> Destinations)
{
    /// <summary>Location of each watched directory on the shore.</summary>
    public IReadOnlyList<BytePath> Watched { get; init; } = [];
}
