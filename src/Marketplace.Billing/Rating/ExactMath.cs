using System.Numerics;

namespace Marketplace.Billing.Rating;

/// <summary>Products and quotients of decimals rounded once: <see cref="decimal"/> alone would round every intermediate to 28 digits.</summary>
internal static class ExactMath
{
    /// <summary>a × b ÷ c, rounded half-even to <paramref name="decimals"/> decimals.</summary>
    /// <exception cref="OverflowException">The result does not fit in a decimal.</exception>
    public static decimal MultiplyDivide(decimal a, decimal b, decimal c, int decimals) => Unscaled(Quotient(a, b, c, decimals), decimals);

    /// <summary>a × b ÷ c in units of 10⁻ᵈᵉᶜⁱᵐᵃˡˢ, rounded half-even.</summary>
    public static BigInteger Quotient(decimal a, decimal b, decimal c, int decimals)
    {
        if (c == 0)
            throw new DivideByZeroException();
        var (aMantissa, aScale) = Parts(a);
        var (bMantissa, bScale) = Parts(b);
        var (cMantissa, cScale) = Parts(c);
        BigInteger numerator = aMantissa * bMantissa * BigInteger.Pow(10, cScale + decimals);
        BigInteger denominator = cMantissa * BigInteger.Pow(10, aScale + bScale);
        return RoundHalfEven(numerator, denominator);
    }

    /// <summary>The integer nearest to a quotient, the even one of two.</summary>
    public static BigInteger RoundHalfEven(BigInteger numerator, BigInteger denominator)
    {
        if (denominator.Sign < 0)
            (numerator, denominator) = (-numerator, -denominator);
        BigInteger quotient = BigInteger.DivRem(numerator, denominator, out BigInteger remainder);
        int half = (BigInteger.Abs(remainder) * 2).CompareTo(denominator);
        return half > 0 || (half == 0 && !quotient.IsEven) ? quotient + numerator.Sign : quotient;
    }

    /// <summary>A value in units of 10⁻ᵈᵉᶜⁱᵐᵃˡˢ; digits beyond are cut.</summary>
    public static BigInteger Scaled(decimal value, int decimals)
    {
        var (mantissa, scale) = Parts(value);
        return scale <= decimals ? mantissa * BigInteger.Pow(10, decimals - scale) : mantissa / BigInteger.Pow(10, scale - decimals);
    }

    /// <summary>The decimal of so many units of 10⁻ᵈᵉᶜⁱᵐᵃˡˢ.</summary>
    /// <exception cref="OverflowException">It does not fit in a decimal.</exception>
    public static decimal Unscaled(BigInteger scaled, int decimals)
    {
        // Two halves, because decimal cannot be made from a BigInteger with a scale directly.
        BigInteger unit = BigInteger.Pow(10, decimals);
        BigInteger whole = BigInteger.DivRem(scaled, unit, out BigInteger fraction);
        return (decimal)whole + ((decimal)fraction / (decimal)unit);
    }

    private static (BigInteger Mantissa, int Scale) Parts(decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        BigInteger mantissa = ((BigInteger)(uint)bits[2] << 64) | ((BigInteger)(uint)bits[1] << 32) | (uint)bits[0];
        return (bits[3] < 0 ? -mantissa : mantissa, (bits[3] >> 16) & 0xFF);
    }
}
