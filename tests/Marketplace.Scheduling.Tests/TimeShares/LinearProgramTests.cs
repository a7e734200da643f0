using FsCheck;
using FsCheck.Fluent;
using Marketplace.Scheduling.TimeShares;
using Marketplace.Testing;

namespace Marketplace.Scheduling.Tests.TimeShares;

public sealed class LinearProgramTests
{
    [Fact]
    public void A_small_program_has_its_known_solution()
    {
        // max 3x + 5y, x ≤ 4, 2y ≤ 12, 3x + 2y ≤ 18: 36 at (2, 6), with dual values 0, 3/2, 1.
        var program = Program(
            [3, 5],
            [
                [1, 0],
                [0, 2],
                [3, 2],
            ],
            [4, 12, 18]
        );
        Assert.Equal([2, 6], program.Solve(), Close);
        Assert.Equal(36, program.Value, 5);
        Assert.Equal([0, 1.5, 1], Enumerable.Range(0, 3).Select(program.PriceOf), Close);
    }

    [Fact]
    public void Without_a_largest_value_it_says_so() =>
        Assert.Throws<InvalidOperationException>(() =>
            Program(
                    [1, 1],
                    [
                        [1, -1],
                    ],
                    [1]
                )
                .Solve()
        );

    [Fact]
    public void A_program_that_makes_the_plain_rule_cycle_ends()
    {
        // Beale's example.
        var program = Program(
            [0.75, -150, 0.02, -6],
            [
                [0.25, -60, -0.04, 9],
                [0.5, -90, -0.02, 3],
                [0, 0, 1, 0],
            ],
            [0, 0, 1]
        );
        program.Solve();
        Assert.Equal(0.05, program.Value, 5);
    }

    [Fact]
    public void Its_dual_values_prove_that_nothing_is_better() =>
        Properties.Check(
            Gen.Choose(0, int.MaxValue - 1),
            number =>
            {
                var random = new Random(number);
                int rows = random.Next(1, 8),
                    columns = random.Next(1, 8);
                double[] gain = [.. Enumerable.Range(0, columns).Select(_ => random.Next(-3, 10))];
                double[] limit = [.. Enumerable.Range(0, rows).Select(_ => random.Next(0, 6))];
                double[][] a =
                [
                    .. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, columns).Select(_ => (double)random.Next(1, 6)).ToArray()),
                ];
                var program = Program(gain, a, limit);
                var x = program.Solve();
                double[] y = [.. Enumerable.Range(0, rows).Select(program.PriceOf)];
                return x.All(value => value >= 0)
                    && Enumerable.Range(0, rows).All(r => Enumerable.Range(0, columns).Sum(c => a[r][c] * x[c]) <= limit[r] + 1e-6)
                    && Enumerable.Range(0, columns).All(c => Enumerable.Range(0, rows).Sum(r => a[r][c] * y[r]) >= gain[c] - 1e-7)
                    && Math.Abs(program.Value - Enumerable.Range(0, rows).Sum(r => limit[r] * y[r])) < 1e-5;
            },
            300
        );

    private static bool Close(double a, double b) => Math.Abs(a - b) < 1e-6;

    private static LinearProgram Program(double[] gain, double[][] rows, double[] limit)
    {
        var program = new LinearProgram(rows.Length, gain.Length);
        for (var c = 0; c < gain.Length; c++)
        {
            program.Gain(c, gain[c]);
            for (var r = 0; r < rows.Length; r++)
            {
                program.Set(r, c, rows[r][c]);
                program.Limit(r, limit[r]);
            }
        }

        return program;
    }
}
