using ContentMonster.Model;

namespace ContentMonster.Delivering;

internal enum Load { Small, Packed, Big }

/// <summary>What is under way to one vessel. No file is there twice: two versions of one at once could come to the rename in the wrong order.</summary>
internal sealed class ActiveLoads
{
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly Dictionary<long, (Shipment Shipment, Task Run, Load Load)> _active = [];
    private readonly HashSet<(string Directory, BytePath Path)> _paths = [];
    private readonly HashSet<long> _alone = []; // version ids that were tried in a pack and are to go one by one, until they have

    // As they are handed to their runs.
    private readonly HashSet<IReadOnlyList<Shipment>> _packs = [];
    private readonly HashSet<IReadOnlyList<Shipment>> _sentPacks = [];

    public bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _active.Count == 0;
            }
        }
    }

    /// <summary>Archives under way: those of which bytes are to be sent, and those that are on the vessel.</summary>
    public (int Sending, int Sent) Packs
    {
        get
        {
            lock (_gate)
            {
                return (_packs.Count - _sentPacks.Count, _sentPacks.Count);
            }
        }
    }

    /// <summary>Begins those of whose files no other version is under way; false: none.</summary>
    public bool Begin(IReadOnlyList<Delivery> deliveries, Load load, Func<Delivery, Shipment> shipmentOf, Func<Delivery[], Shipment[], Task> ship)
    {
        lock (_gate)
        {
            Delivery[] free = [.. deliveries.Where(delivery => _paths.Add(PathOf(delivery.Version)))];
            if (free.Length == 0)
            {
                return false;
            }

            Shipment[] shipments = [.. free.Select(shipmentOf)];
            Task run = ship(free, shipments);
            if (load == Load.Packed)
            {
                _packs.Add(shipments);
            }

            foreach (Shipment shipment in shipments)
            {
                _active[shipment.Version.Id] = (shipment, run, load);
            }

            return true;
        }
    }

    /// <summary>All bytes of their archive are on the vessel.</summary>
    public void Sent(IReadOnlyList<Shipment> pack)
    {
        lock (_gate)
        {
            _sentPacks.Add(pack);
        }
    }

    public void End(IReadOnlyList<Shipment> shipments, Load load)
    {
        lock (_gate)
        {
            _packs.Remove(shipments);
            _sentPacks.Remove(shipments);
            foreach (Shipment shipment in shipments)
            {
                _active.Remove(shipment.Version.Id);
                if (load != Load.Packed)
                {
                    // It is delivered, or has failed and goes alone for that; if its connection broke before it was begun another archive may try.
                    _alone.Remove(shipment.Version.Id);
                }

                _paths.Remove(PathOf(shipment.Version));
            }
        }
    }

    public int Count(Load load)
    {
        lock (_gate)
        {
            return _active.Values.Count(one => one.Load == load);
        }
    }

    /// <summary>Version ids under way.</summary>
    public long[] Ids()
    {
        lock (_gate)
        {
            return [.. _active.Keys];
        }
    }

    public Shipment[] Shipments(Load load)
    {
        lock (_gate)
        {
            return [.. _active.Values.Where(one => one.Load == load).Select(one => one.Shipment)];
        }
    }

    public Task[] Runs()
    {
        lock (_gate)
        {
            return [.. _active.Values.Select(one => one.Run).Distinct()];
        }
    }

    /// <summary>
    /// Names of unfinished files that are being worked on, or looked for: one that was swept in between would be made again and be known to nobody.
    /// </summary>
    public HashSet<BytePath> Parts()
    {
        lock (_gate)
        {
            return [.. _active.Values.SelectMany(one => new[] { one.Shipment.Layout?.Sibling ?? default, BookedOf(one.Shipment) })];
        }
    }

    public bool MayGoPacked(Delivery delivery)
    {
        lock (_gate)
        {
            return !_alone.Contains(delivery.Version.Id);
        }
    }

    /// <summary>From now on these go one by one.</summary>
    public void SetApart(IEnumerable<Delivery> deliveries)
    {
        lock (_gate)
        {
            _alone.UnionWith(deliveries.Select(delivery => delivery.Version.Id));
        }
    }

    // No archive is looked for again: it goes before anything else is sent, for a script that was left alone with it might still unpack it.
    private static BytePath BookedOf(Shipment shipment) => shipment.BookedPart is { } booked && !PartName.IsPack(booked) ? booked : default;

    private static (string Directory, BytePath Path) PathOf(FileVersion version) => (version.Directory, version.Path);
}
