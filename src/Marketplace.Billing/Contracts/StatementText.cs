using System.Text;

namespace Marketplace.Billing.Contracts;

/// <summary>Bytes of a bank's file as text: banks write UTF-8, or GB 18030 in China, whatever the first line says.</summary>
public static class StatementText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return CodePagesEncodingProvider.Instance.GetEncoding("gb18030")!.GetString(bytes);
        }
    }
}
