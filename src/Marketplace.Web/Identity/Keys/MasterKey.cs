using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace Marketplace.Web.Identity.Keys;

/// <summary>
/// The one secret outside the database: it encrypts the data-protection keys, which encrypt kubeconfigs and sign sessions. From
/// <c>Identity:MasterKey</c> (32 bytes as base64; replicas share it), else a file in the data folder that only this account may read.
/// </summary>
internal sealed class MasterKey
{
    public const string Setting = "Identity:MasterKey";
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    /// <summary>About ten seconds of waiting for another host that is writing 32 bytes.</summary>
    private const int MostWaits = 10_000;
    private readonly byte[] key;

    private MasterKey(byte[] key) => this.key = key;

    /// <exception cref="InvalidOperationException">The setting is not 32 bytes of base64, or the file was cut; the message names it and the fix.</exception>
    public static MasterKey Load(IConfiguration configuration)
    {
        if (configuration[Setting] is { Length: > 0 } text)
        {
            Span<byte> bytes = stackalloc byte[KeyBytes + 1];
            return Convert.TryFromBase64String(text, bytes, out int count) && count == KeyBytes
                ? new MasterKey(bytes[..KeyBytes].ToArray())
                : throw new InvalidOperationException($"{Setting} must be 32 bytes in base64. Make one with: openssl rand -base64 32");
        }
        string file = Path.Combine(Path.GetFullPath(configuration["Data:Directory"] ?? ".data"), "master.key");
        return new MasterKey(ReadOrMake(file));
    }

    /// <summary>AES-256-GCM: nonce, tag, ciphertext.</summary>
    public byte[] Encrypt(byte[] plain)
    {
        byte[] sealedText = new byte[NonceBytes + TagBytes + plain.Length];
        RandomNumberGenerator.Fill(sealedText.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(
            sealedText.AsSpan(0, NonceBytes),
            plain,
            sealedText.AsSpan(NonceBytes + TagBytes),
            sealedText.AsSpan(NonceBytes, TagBytes)
        );
        return sealedText;
    }

    /// <exception cref="AuthenticationTagMismatchException">Another key sealed it, or it was changed.</exception>
    public byte[] Decrypt(byte[] sealedText)
    {
        byte[] plain = new byte[sealedText.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(key, TagBytes);
        aes.Decrypt(
            sealedText.AsSpan(0, NonceBytes),
            sealedText.AsSpan(NonceBytes + TagBytes),
            sealedText.AsSpan(NonceBytes, TagBytes),
            plain
        );
        return plain;
    }

    // Hosts that start together agree on one key: the file is made and filled under its own lock, and others wait for that.
    private static byte[] ReadOrMake(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var wait = new SpinWait();
        while (true)
        {
            try
            {
                return new FileInfo(file) is { Exists: true, Length: KeyBytes } ? File.ReadAllBytes(file) : Make(file);
            }
            catch (IOException) when (wait.Count < MostWaits)
            {
                wait.SpinOnce();
            }
        }
    }

    private static byte[] Make(string file)
    {
        var alone = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
        };
        if (!OperatingSystem.IsWindows())
            alone.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var stream = new FileStream(file, alone);
        byte[] bytes = new byte[KeyBytes];
        if (stream.Length > 0)
        {
            // Whoever held the lock before us made it.
            if (stream.Length != KeyBytes)
                throw new InvalidOperationException(
                    $"{file} holds {stream.Length} bytes instead of {KeyBytes}. Restore it from a backup; without it, stored kubeconfigs cannot be read."
                );
            stream.ReadExactly(bytes);
            return bytes;
        }
        RandomNumberGenerator.Fill(bytes);
        stream.Write(bytes);
        stream.Flush(flushToDisk: true);
        return bytes;
    }
}

/// <summary>Seals data-protection keys on their way into the database.</summary>
internal sealed class MasterKeyEncryptor(MasterKey master) : IXmlEncryptor
{
    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        ArgumentNullException.ThrowIfNull(plaintextElement);
        byte[] sealedText = master.Encrypt(Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting)));
        return new EncryptedXmlInfo(new XElement("sealed", Convert.ToBase64String(sealedText)), typeof(MasterKeyDecryptor));
    }
}

/// <summary>Opens them again; data protection makes it from the stored type name.</summary>
internal sealed class MasterKeyDecryptor(IServiceProvider services) : IXmlDecryptor
{
    public XElement Decrypt(XElement encryptedElement)
    {
        ArgumentNullException.ThrowIfNull(encryptedElement);
        byte[] plain = services.GetRequiredService<MasterKey>().Decrypt(Convert.FromBase64String(encryptedElement.Value));
        return XElement.Parse(Encoding.UTF8.GetString(plain));
    }
}
