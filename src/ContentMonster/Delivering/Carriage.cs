using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>Brings a run of bytes to its end, on one lane after another where they break.</summary>
internal static class Carriage
{
    // Lanes may break one after another under the same bytes; one that lives and takes nothing must not be asked for ever.
    private const int MostInVain = 10;

    /// <param name="left">Bytes that are not acknowledged.</param>
    /// <param name="carry">Puts them on a lane; ends without an exception also where that lane broke and another lives.</param>
    /// <param name="what">What cannot be sent, after "Could not send".</param>
    public static async Task BringAsync(Func<long> left, Func<Task> carry, string what)
    {
        int inVain = 0;
        for (long before; (before = left()) > 0; inVain = left() < before ? 0 : inVain + 1)
        {
            if (inVain >= MostInVain)
            {
                throw new VesselException(FailureKind.ConnectionLost, $"Could not send {what}, because {MostInVain} lanes in a row took nothing of it.");
            }

            await carry().ConfigureAwait(false);
        }
    }
}
