namespace Marketplace.Scheduling.TimeShares;

/// <summary>
/// max c·x subject to A·x ≤ b and x ≥ 0, with b ≥ 0: the primal simplex method on a dense tableau (Dantzig 1947). x = 0 is where it starts.
/// </summary>
/// <remarks>
/// The entering column is that with the largest coefficient, the lowest of several; after <see cref="Patience"/> steps without progress it
/// is the first one (Bland 1977), which cannot cycle. Rounding still could, among right sides that are equal, so they are moved apart first, each by a
/// few parts in 10^8 of its own (Charnes 1952); the solution is exact to that. When ten rounds through all rows and columns gain nothing, what is left is rounding, and the vertex reached is the
/// solution. Memory is (rows + 1) · (columns + rows + 1) numbers.
/// </remarks>
internal sealed class LinearProgram
{
    private const double Tiny = 1e-9;
    private const double Pivotal = 1e-7;
    private const double Noise = 1e-6;
    private const double Apart = 1e-8;
    private const int Patience = 50;

    private readonly int rows;
    private readonly int columns;
    private readonly double[][] table;
    private readonly int[] basis;

    public LinearProgram(int rows, int columns)
    {
        this.rows = rows;
        this.columns = columns;
        table = new double[rows + 1][];
        basis = new int[rows];
        for (var r = 0; r <= rows; r++)
        {
            table[r] = new double[columns + rows + 1];
            if (r < rows)
            {
                table[r][columns + r] = 1;
                basis[r] = columns + r;
            }
        }
    }

    /// <summary>c·x of the solution.</summary>
    public double Value => table[rows][^1];

    /// <summary>A coefficient of a constraint.</summary>
    public void Set(int row, int column, double value) => table[row][column] = value;

    /// <summary>The right side of a constraint, 0 or more.</summary>
    public void Limit(int row, double value) => table[row][^1] = value;

    /// <summary>A coefficient of what is to be as large as possible.</summary>
    public void Gain(int column, double value) => table[rows][column] = -value;

    /// <summary>The values of x.</summary>
    /// <exception cref="InvalidOperationException">There is no largest value.</exception>
    public double[] Solve()
    {
        for (var r = 0; r < rows; r++)
        {
            table[r][^1] += Apart * (1 + table[r][^1]) * (1 + ((double)r / rows));
        }

        var idle = 0;
        while (idle < 10 * (rows + columns))
        {
            var column = Entering(idle >= Patience);
            if (column < 0)
            {
                break;
            }

            var row = Leaving(column);
            if (row < 0 && table[rows][column] > -Noise)
            {
                // What is left of this coefficient is rounding: the column neither gains nor is held back by anything.
                table[rows][column] = 0;
                continue;
            }

            if (row < 0)
            {
                throw new InvalidOperationException("The linear program has no largest value.");
            }

            var value = Value;
            Pivot(row, column);
            idle = Value > value + (Tiny * Math.Abs(value)) ? 0 : idle + 1;
        }

        var x = new double[columns];
        for (var r = 0; r < rows; r++)
        {
            if (basis[r] < columns)
            {
                x[basis[r]] = Math.Max(0, table[r][^1]);
            }
        }

        return x;
    }

    /// <summary>What one more unit of a constraint's right side would add: its dual value.</summary>
    public double PriceOf(int row) => Math.Max(0, table[rows][columns + row]);

    private int Entering(bool first)
    {
        var at = -1;
        var least = -Tiny;
        var costs = table[rows];
        for (var c = 0; c < columns + rows; c++)
        {
            if (costs[c] < least)
            {
                (at, least) = (c, costs[c]);
                if (first)
                {
                    break;
                }
            }
        }

        return at;
    }

    private int Leaving(int column)
    {
        var at = -1;
        var least = double.PositiveInfinity;
        for (var r = 0; r < rows; r++)
        {
            if (table[r][column] <= Pivotal)
            {
                continue;
            }

            var ratio = table[r][^1] / table[r][column];
            if (ratio < least - 1e-12 || (ratio <= least + 1e-12 && basis[r] < basis[at]))
            {
                (at, least) = (r, ratio);
            }
        }

        return at;
    }

    private void Pivot(int row, int column)
    {
        var pivot = table[row];
        var scale = 1 / pivot[column];
        for (var c = 0; c < pivot.Length; c++)
        {
            pivot[c] *= scale;
        }

        for (var r = 0; r <= rows; r++)
        {
            var factor = table[r][column];
            if (r == row || factor == 0)
            {
                continue;
            }

            var target = table[r];
            for (var c = 0; c < pivot.Length; c++)
            {
                target[c] -= factor * pivot[c];
            }

            target[column] = 0;
        }

        basis[row] = column;
    }
}
