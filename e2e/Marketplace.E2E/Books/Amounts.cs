using System.Numerics;

namespace Marketplace.E2E.Books;

/// <summary>What a contract comes to, in micro-units; <c>Net = Center + Operator + Commission</c>.</summary>
internal sealed record Amounts(long Net, long Tax, long Center, long Operator, long Commission)
{
    public long Total => Net + Tax;

    public static Amounts operator +(Amounts a, Amounts b) =>
        checked(new(a.Net + b.Net, a.Tax + b.Tax, a.Center + b.Center, a.Operator + b.Operator, a.Commission + b.Commission));
}

/// <summary>
/// The price of a trade, applied to cards × seconds once more, from the rules as they are written down and in whole numbers only: the exact amount
/// is rounded half-even to twelve decimals and from there to six; tax is taken from the exact amount; the net amount is divided by largest
/// remainder, ties to center, operator, network.
/// </summary>
internal sealed record TradePrice(decimal Wholesale, decimal Markup, decimal CommissionRate, decimal TaxRate)
{
    private const int SecondsPerHour = 3600;
    private static readonly BigInteger Scale = BigInteger.Pow(10, 18);

    public decimal Retail => Wholesale * (1 + Markup);

    public Amounts Of(decimal cardSeconds)
    {
        var exact = HalfEven(Whole(cardSeconds) * Whole(Retail) * BigInteger.Pow(10, 12), SecondsPerHour * Scale * Scale);
        var net = HalfEven(exact, BigInteger.Pow(10, 6));
        var tax = HalfEven(exact * Whole(TaxRate), BigInteger.Pow(10, 6) * Scale);
        var commission = Whole(Retail * CommissionRate);
        var parts = Divide(net, [Whole(Wholesale), Whole(Retail) - Whole(Wholesale) - commission, commission]);
        return new Amounts((long)net, (long)tax, (long)parts[0], (long)parts[1], (long)parts[2]);
    }

    private static BigInteger[] Divide(BigInteger total, BigInteger[] weights)
    {
        var sum = weights.Aggregate(BigInteger.Add);
        var parts = weights.Select(w => BigInteger.DivRem(total * w, sum)).ToArray();
        var left = (int)(total - parts.Aggregate(BigInteger.Zero, (all, p) => all + p.Quotient));
        var lucky = Enumerable.Range(0, parts.Length).OrderByDescending(i => parts[i].Remainder).ThenBy(i => i).Take(left).ToHashSet();
        return [.. parts.Select((p, i) => p.Quotient + (lucky.Contains(i) ? 1 : 0))];
    }

    private static BigInteger HalfEven(BigInteger amount, BigInteger unit)
    {
        var (quotient, remainder) = BigInteger.DivRem(amount, unit);
        var half = (remainder * 2).CompareTo(unit);
        return half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }

    private static BigInteger Whole(decimal value) => new(value * (decimal)Scale);
}
