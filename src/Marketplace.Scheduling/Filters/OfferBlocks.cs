namespace Marketplace.Scheduling.Filters;

/// <summary>
/// What a search reads of an offer, 12 bytes in three columns, and the best of it per block of 64 offers. A block whose best values together
/// cannot reach the score in hand is passed over whole, as in block-max indexes (Ding and Suel, SIGIR 2011).
/// </summary>
internal sealed class OfferBlocks
{
    public const int Size = 64;

    public OfferBlocks(OfferIndex index, int count)
    {
        Count = (count + Size - 1) / Size;
        Root = new float[Count * Size];
        Reliability = new float[Count * Size];
        Free = new float[Count * Size];
        Best = new Block[Count];
        for (var o = 0; o < count; o++)
        {
            Root[o] = (float)Math.Sqrt(index.Price[o] / 1e6);
            Reliability[o] = (float)index.Reliability[o];
            Free[o] = index.AvailableMilli[o];
            ref var block = ref Best[o / Size];
            var first = o % Size == 0;
            block = new Block(
                first ? Root[o] : Math.Min(block.Root, Root[o]),
                Math.Max(block.Reliability, Reliability[o]),
                Math.Max(block.Free, Free[o]),
                first ? index.Place[o] : Math.Min(block.FirstPlace, index.Place[o]),
                Math.Max(block.LastPlace, index.Place[o]),
                (byte)(first ? index.Precedence[o] : Math.Min(block.Precedence, index.Precedence[o]))
            );
        }
    }

    /// <summary>How many blocks.</summary>
    public int Count { get; }

    /// <summary>Square root of the price per card and hour in whole currency, rounded to a float.</summary>
    public float[] Root { get; }

    /// <summary><see cref="OfferIndex.Reliability"/> rounded to a float.</summary>
    public float[] Reliability { get; }

    /// <summary><see cref="OfferIndex.AvailableMilli"/> rounded to a float.</summary>
    public float[] Free { get; }

    public Block[] Best { get; }
}

/// <summary>The best values that any of 64 offers has; 24 bytes.</summary>
internal readonly record struct Block(float Root, float Reliability, float Free, int FirstPlace, int LastPlace, byte Precedence);
