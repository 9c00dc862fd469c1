using ContentMonster.Ledger;
using ContentMonster.Model;

namespace ContentMonster.Delivering;

/// <summary>
/// Writes how far shipments are, for all visits of one vessel: what the ledger could not take is written before the next visit begins anything, so that
/// a ledger in trouble costs no bytes that were acknowledged.
/// </summary>
/// <param name="save">By version id.</param>
internal sealed class ProgressSaver(Func<long, IReadOnlyList<ChunkProgress>, Task> save)
{
    private readonly HashSet<Shipment> _left = []; // guarded by itself

    public async Task SaveAsync(Shipment shipment)
    {
        IReadOnlyList<ChunkProgress> unsaved = shipment.TakeUnsaved();
        if (unsaved.Count == 0)
        {
            return;
        }

        try
        {
            await save(shipment.Version.Id, unsaved).ConfigureAwait(false);
        }
        catch
        {
            shipment.PutBack(unsaved);
            lock (_left)
            {
                _left.Add(shipment);
            }

            throw;
        }
    }

    /// <summary>What shipments left that have ended. Before any of their files is begun again.</summary>
    public async Task SaveLeftAsync()
    {
        Shipment[] left;
        lock (_left)
        {
            left = [.. _left];
            _left.Clear();
        }

        // All are tried, also after one that fails: each is either written or left again.
        await Task.WhenAll(left.Select(SaveAsync)).ConfigureAwait(false);
    }
}
