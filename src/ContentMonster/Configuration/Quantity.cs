using System.Buffers;
using System.Globalization;

namespace ContentMonster.Configuration;

/// <summary>Numbers with units. K, M, G and T are powers of 1024, as in dd and rsync; bits come in powers of 1000, as networks count.</summary>
internal static class Quantity
{
    /// <summary>More digits than any size has; keeps the products below the decimal's own limit.</summary>
    private const int MostDigits = 15;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    public static long Bytes(string text)
    {
        (decimal number, string unit) = Split(text, "a size such as 10M, 64k or 10485760");
        return Whole(number * (BytesOf(unit) ?? throw new BadValueException($"\"{text}\" is not a size: the unit \"{unit}\" is unknown. Use K, M, G or T (powers of 1024).")), text);
    }

    public static long BytesPerSecond(string text)
    {
        (decimal number, string unit) = Split(text, "a rate such as 500k or 2M (bytes per second), 8mbit (bits per second), or none");
        if (unit.EndsWith("/s", StringComparison.OrdinalIgnoreCase))
        {
            unit = unit[..^2];
        }

        if (unit is ['k' or 'K' or 'm' or 'M' or 'g' or 'G', 'b'])
        {
            throw new BadValueException($"\"{text}\" may mean bits or bytes. Write {unit[..1]}bit for bits, {unit[..1]}B for bytes.");
        }

        decimal? factor = unit.ToUpperInvariant() switch
        {
            "BIT" => 1m / 8,
            "KBIT" => 1_000m / 8,
            "MBIT" => 1_000_000m / 8,
            "GBIT" => 1_000_000_000m / 8,
            _ => BytesOf(unit),
        };
        return Whole(number * (factor ?? throw new BadValueException($"\"{text}\" is not a rate: the unit \"{unit}\" is unknown. Use K, M or G for bytes per second, kbit, mbit or gbit for bits per second.")), text);
    }

    public static TimeSpan Duration(string text)
    {
        (decimal number, string unit) = Split(text, "a duration such as 30s, 500ms, 10m, 2h or 7d");
        decimal seconds = number * unit.ToUpperInvariant() switch
        {
            "MS" => 0.001m,
            "" or "S" or "SEC" => 1m,
            "M" or "MIN" => 60m,
            "H" => 3_600m,
            "D" => 86_400m,
            _ => throw new BadValueException($"\"{text}\" is not a duration: the unit \"{unit}\" is unknown. Use ms, s, m, h or d."),
        };
        return seconds <= 86_400m * 36_500
            ? TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond))
            : throw new BadValueException($"\"{text}\" is longer than a hundred years.");
    }

    private static decimal? BytesOf(string unit) => unit.ToUpperInvariant() switch
    {
        "" or "B" => 1m,
        "K" or "KB" or "KIB" => 1L << 10,
        "M" or "MB" or "MIB" => 1L << 20,
        "G" or "GB" or "GIB" => 1L << 30,
        "T" or "TB" or "TIB" => 1L << 40,
        _ => null,
    };

    private static (decimal Number, string Unit) Split(string text, string expected)
    {
        int end = text.AsSpan().IndexOfAnyExcept(Digits);
        string digits = end < 0 ? text : text[..end];
        return digits.Length <= MostDigits && decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number)
            ? (number, end < 0 ? "" : text[end..].Trim())
            : throw new BadValueException($"\"{text}\" is not {expected}.");
    }

    private static long Whole(decimal bytes, string text) =>
        bytes <= long.MaxValue ? (long)bytes : throw new BadValueException($"\"{text}\" is too large.");
}
