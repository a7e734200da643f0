namespace Marketplace.Scheduling.TimeShares;

/// <summary>
/// max c·x subject to A·x ≤ b and x ≥ 0, with b ≥ 0: the primal simplex method on a dense tableau (Dantzig 1947). x = 0 is where it starts.
/// </summary>
/// <remarks>
/// The entering column is that with the largest coefficient, the lowest of several; after <see cref="Patience"/> steps without progress it
/// is the first one (Bland 1977), which cannot cycle. Memory is (rows + 1) · (columns + rows + 1) numbers.
/// </remarks>
internal sealed class LinearProgram
{
    private const double Tiny = 1e-9;
    private const int Patience = 20;

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
    /// <exception cref="InvalidOperationException">There is no largest value, or the numbers are too far apart to find it.</exception>
    public double[] Solve()
    {
        var idle = 0;
        for (long step = 0; ; step++)
        {
            var column = Entering(idle >= Patience);
            if (column < 0)
            {
                break;
            }

            var row = Leaving(column);
            if (row < 0 || step > 100L * (rows + columns))
            {
                throw new InvalidOperationException("The linear program has no solution of reasonable size.");
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
            if (table[r][column] <= Tiny)
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
