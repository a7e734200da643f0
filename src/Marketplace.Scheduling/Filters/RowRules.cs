namespace Marketplace.Scheduling.Filters;

/// <summary>Offers up to a price per card and hour.</summary>
internal sealed class PriceRule(OfferIndex index, long most, Func<IReadOnlyDictionary<string, string>> args)
    : OfferRule(index, RuleCodes.Price, args)
{
    protected override int? KnownCount => Index.CountUpTo(most);

    public override bool Has(int offer) => Index.Price[offer] <= most;

    public override void And(Span<ulong> words, int firstBlock)
    {
        for (var i = 0; i < words.Length; i++)
        {
            if (words[i] != 0)
            {
                words[i] &= Words.AtMost(Index.Price, (firstBlock + i) * OfferBlocks.Size, most);
            }
        }
    }
}

/// <summary>Offers of rows in some ranges: those of the models that a role's variants can run on.</summary>
internal sealed class RangeRule(
    OfferIndex index,
    string code,
    IReadOnlyList<(int From, int To)> ranges,
    Func<IReadOnlyDictionary<string, string>> args
) : OfferRule(index, code, args)
{
    protected override int? KnownCount => ranges.Sum(range => range.To - range.From);

    public override bool Has(int offer) => ranges.Any(range => offer >= range.From && offer < range.To);

    public override void And(Span<ulong> words, int firstBlock)
    {
        for (var i = 0; i < words.Length; i++)
        {
            ulong any = 0;
            foreach (var (from, to) in ranges)
            {
                any |= Words.InRange(firstBlock + i, from, to);
            }

            words[i] &= any;
        }
    }
}
