"""What people call things day by day, in each language: puppy, Hündchen, gatito, 狗狗 → a kind."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from core.names import fold

_NARROWER_LINES = """
    man men woman women boy boys girl girls child children kid kids baby babies guy guys lady ladies
    mann männer frau frauen junge jungen mädchen kind kinder baby babys
    hombre hombres mujer mujeres chico chicos chica chicas niño niños niña niñas bebé bebés
    男人 女人 男的 女的 男孩 女孩 男孩子 女孩子 小孩 孩子 宝宝 婴儿 男生 女生
"""
# Words that say more than their kind does: who asks for men is told of people.
NARROWER = frozenset(map(fold, _NARROWER_LINES.split()))
_WORDS: Mapping[str, str] = {
    "person": "people, persons, human, humans, someone, somebody, anyone, anybody, everyone, folks, man, men, woman, "
    "women, boy, boys, girl, girls, child, children, kid, kids, baby, babies, guy, guys, lady, ladies, Mensch, "
    "Menschen, Leute, Person, Personen, jemand, jemanden, irgendwer, Mann, Männer, Frau, Frauen, Junge, Jungen, "
    "Mädchen, Kind, Kinder, Babys, gente, persona, personas, alguien, humano, humanos, hombre, hombres, mujer, "
    "mujeres, chico, chicos, chica, chicas, niño, niños, niña, niñas, bebé, bebés, 人, 人们, 人类, 有人, 男人, 女人, "
    "男的, 女的, 男孩, 女孩, 男孩子, 女孩子, 小孩, 孩子, 宝宝, 婴儿, 男生, 女生",
    "dog": "puppy, puppies, pup, pups, doggo, doggos, doggy, doggie, doggies, hound, hounds, pooch, Hündchen, Hündin, "
    "Welpe, Welpen, Hunde, Hundchen, Wauwau, perrito, perritos, perrita, perritas, perra, perras, cachorro, "
    "cachorros, chucho, 狗狗, 小狗, 狗子, 狗儿, 犬, 小狗狗, 汪",
    "cat": "kitty, kitties, kitten, kittens, pussycat, Kätzchen, Kater, Mieze, Miezekatze, Katzen, gatito, gatitos, "
    "gatita, gatitas, gata, gatas, minino, michi, 猫咪, 小猫, 喵, 喵星人, 猫猫, 小猫咪",
    "bird": "birdie, birdies, parrot, parrots, budgie, budgies, Vögelchen, Papagei, Papageien, Wellensittich, "
    "Wellensittiche, Piepmatz, pajarito, pajaritos, ave, aves, loro, loros, 小鸟, 鸟儿, 鹦鹉",
    "horse": "pony, ponies, Pony, Ponys, Pferdchen, caballito, caballitos, poni, yegua, 小马, 马儿",
    "sheep": "lamb, lambs, Lamm, Lämmer, Schäfchen, cordero, corderos, ovejita, 小羊, 绵羊, 羊羔",
    "cow": "calf, calves, bull, bulls, Kalb, Kälber, Stier, Bulle, ternero, terneros, toro, toros, 小牛, 奶牛, 公牛",
    "bear": "bears, Bärchen, osito salvaje, 小熊",
    "bicycle": "bike, bikes, cycle, Rad, Räder, Fahrräder, Velo, bici, bicis, 单车, 脚踏车",
    "motorcycle": "motorbike, motorbikes, scooter, scooters, Moped, Roller, moto, motos, 摩托",
    "car": "cars, auto, automobile, Wagen, Autos, PKW, coche, coches, carro, carros, auto, 轿车, 小汽车, 车子",
    "airplane": "plane, planes, aeroplane, aeroplanes, aircraft, jet, Flieger, Flugzeuge, aeroplano, 客机",
    "boat": "ship, ships, boats, Schiff, Schiffe, Kahn, barca, barcas, buque, buques, 轮船, 小船",
    "truck": "lorry, lorries, LKW, Laster, camioneta, 货车, 大卡车",
    "couch": "sofa, sofas, settee, Sofas, Couch, sofá, sofás, 长沙发",
    "TV": "telly, television, televisions, tv set, Fernsehgerät, Glotze, tele, televisión, 电视机",
    "cell phone": "phone, phones, mobile, mobiles, smartphone, smartphones, Telefon, Telefone, Handy, Handys, "
    "teléfono, teléfonos, móvil, móviles, celular, celulares, 电话",
    "cup": "mug, mugs, Becher, taza, tazas, 马克杯, 茶杯",
    "dining table": "table, tables, Tisch, Tische, Esstische, mesa, mesas, 桌子, 餐桌, 桌",
    "potted plant": "plant, plants, flower, flowers, Pflanze, Pflanzen, Blume, Blumen, planta, plantas, flor, flores, "
    "植物, 花, 盆栽",
    "refrigerator": "fridge, fridges, Eisschrank, nevera, neveras, frigorífico, 冰箱",
    "remote control": "remote, remotes, Fernbedienungen, mando, mandos, 遥控",
    "computer mouse": "mouse, Computermaus, ratón, 鼠标",
    "laptop": "notebook, computer, computers, Rechner, ordenador, ordenadores, portátil, portátiles, 电脑, 笔记本",
    "donut": "doughnut, doughnuts, Krapfen, Donuts, rosquilla, rosquillas",
    "teddy bear": "teddy, teddies, plushie, Teddy, Teddys, Teddys, peluche, peluches, osito, ositos, 玩具熊",
    "handbag": "purse, purses, Handtaschen, cartera",
    "backpack": "rucksack, rucksacks, Ranzen, 书包",
    "ball": "balls, Bälle, pelota, pelotas, balón, balones, 皮球",
    "animal": "animals, critter, critters, creature, creatures, beast, beasts, Tier, Tiere, Viecher, Vierbeiner, "
    "animal, animales, bicho, bichos, 动物, 小动物, 动物们",
    "pet": "pets, furry friend, Haustier, Haustiere, mascota, mascotas, 宠物",
    "vehicle": "vehicles, Fahrzeug, Fahrzeuge, vehículo, vehículos, 车, 车辆, 交通工具",
    "furniture": "Möbel, Möbelstück, Möbelstücke, mueble, muebles, 家具",
    "food": "foods, snack, snacks, something to eat, Essen, Lebensmittel, etwas zu essen, comida, comidas, alimento, "
    "alimentos, algo de comer, 吃的, 食物, 食品, 好吃的",
    "fruit": "fruits, Obst, Frucht, Früchte, fruta, frutas, 水果",
    "vegetable": "vegetables, veg, veggies, Gemüse, verdura, verduras, 蔬菜, 菜",
    "dish": "dishes, crockery, tableware, Geschirr, vajilla, platos, 餐具, 碗碟",
    "cutlery": "silverware, Besteck, cubiertos, cubierto, 刀叉",
    "bag": "bags, luggage, Tasche, Taschen, Gepäck, bolsa, bolsas, bolso, bolsos, equipaje, 包, 包包, 行李",
    "toy": "toys, Spielzeug, Spielzeuge, Spielsachen, juguete, juguetes, 玩具",
    "device": "devices, gadget, gadgets, electronics, Gerät, Geräte, aparato, aparatos, dispositivo, dispositivos, "
    "电器, 电子产品, 设备",
    "thing": "things, object, objects, stuff, something, anything, item, items, Ding, Dinge, Sache, Sachen, "
    "Gegenstand, Gegenstände, etwas, cosa, cosas, objeto, objetos, algo, 东西, 物品, 物体",
}
KIND_OF_WORD: Mapping[str, str] = MappingProxyType(
    {fold(word): kind for kind, words in _WORDS.items() for word in words.split(", ")}
)


def is_person(category: str | None) -> bool | None:
    """Whether what people file somebody under is a word for people; None where it doesn't tell."""
    kind = KIND_OF_WORD.get(fold(category or ""), category)
    if kind == "person":
        return True
    return False if kind in _WORDS else None
